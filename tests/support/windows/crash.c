/* Ends the process with a number as a crash does, with exit status 1.
 *
 * Wine's taskkill, and Wine itself for a process that Linux ends, say 0: ended in order.
 */
#include <windows.h>
#include <stdlib.h>

int main(int count, char **words)
{
    HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, count > 1 ? strtoul(words[1], NULL, 10) : 0);
    return !process || !TerminateProcess(process, 1);
}

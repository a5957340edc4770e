/* Stands for a program that an installer unpacks: gives the exit status it was compiled with.
 *
 * "hold FILE MARK" opens a file so that nobody can write it, makes the mark, and stays.
 */
#include <windows.h>
#include <string.h>

int main(int count, char **words)
{
    if (count == 4 && !strcmp(words[1], "hold")) {
        CreateFileA(words[2], GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
        CreateFileA(words[3], GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
        Sleep(INFINITE);
    }
    if (count > 1 && !strcmp(words[1], "--check-installation"))
        return CHECK;
    if (count > 1 && !strcmp(words[1], "uninstall-data"))
        return ERASE;
    return 0;
}

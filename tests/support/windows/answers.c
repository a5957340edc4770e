/* Stands for a program that an installer unpacks: gives the exit status it was compiled with.
 *
 * With LINGER_MS, a check leaves a process of the same program for so many milliseconds, as a virus
 * scanner leaves a file in use.
 * "hold FILE MARK" opens a file so that nobody can write it, makes the mark, and stays.
 */
#include <windows.h>
#include <string.h>

#ifndef LINGER_MS
#define LINGER_MS 0
#endif

static void linger(void)
{
    static char program[MAX_PATH], line[MAX_PATH + 16];
    STARTUPINFOA how = {.cb = sizeof how};
    PROCESS_INFORMATION made;
    GetModuleFileNameA(NULL, program, sizeof program);
    wsprintfA(line, "\"%s\" linger", program);
    if (CreateProcessA(program, line, NULL, NULL, FALSE, 0, NULL, NULL, &how, &made)) {
        CloseHandle(made.hProcess);
        CloseHandle(made.hThread);
    }
}

int main(int count, char **words)
{
    if (count == 4 && !strcmp(words[1], "hold")) {
        CreateFileA(words[2], GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
        CreateFileA(words[3], GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
        Sleep(INFINITE);
    }
    if (count > 1 && !strcmp(words[1], "linger"))
        Sleep(LINGER_MS);
    if (count > 1 && !strcmp(words[1], "--check-installation")) {
        if (LINGER_MS)
            linger();
        return CHECK;
    }
    if (count > 1 && !strcmp(words[1], "uninstall-data"))
        return ERASE;
    return 0;
}

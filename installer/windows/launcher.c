/* Carebridge's executable on Windows: runs the package "bridge" in the Python beside it.
 *
 * Python is loaded by its full path; the current folder and PATH are never searched for libraries
 * (Local API security 11).
 * -I shuts out PYTHON... variables and the user's own packages, -B writes no .pyc files.
 * What Python may import stands in the ._pth file beside the executable (Desktop packaging 2.1).
 *
 * Built twice: for windows, and with -DCONSOLE for the command line.
 */
#include <windows.h>
#include <shellapi.h>

#define CANNOT_START 3
#define MOST 32768

typedef int (*py_main)(int, wchar_t **);

static wchar_t *const OURS[] = {L"-I", L"-B", L"-X", L"utf8", L"-m", L"bridge"};
#define OUR_COUNT ((int)(sizeof OURS / sizeof *OURS))

static int cannot_start(int has_words)
{
#ifdef CONSOLE
    static const char text[] = "Carebridge: the installation is damaged; please install it again.\r\n";
    DWORD written;
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), text, sizeof text - 1, &written, NULL);
    (void)has_words;
#else
    if (!has_words) /* somebody clicked; whoever gives words reads the exit code */
        MessageBoxW(NULL, L"The installation is damaged; please install Carebridge again.",
                    L"Carebridge", MB_OK | MB_ICONERROR);
#endif
    return CANNOT_START;
}

static py_main load_python(wchar_t *folder, wchar_t *end)
{
    HMODULE library;
    lstrcpyW(end, L"\\runtime");
    if (!SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32 | LOAD_LIBRARY_SEARCH_USER_DIRS)
        || !AddDllDirectory(folder))
        return NULL;
    lstrcatW(end, L"\\python312.dll");
    library = LoadLibraryExW(folder, NULL,
                             LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
    return library ? (py_main)(void *)GetProcAddress(library, "Py_Main") : NULL;
}

static int start(void)
{
    static wchar_t program[MOST], library[MOST + 32];
    int count, index;
    wchar_t **given = CommandLineToArgvW(GetCommandLineW(), &count), **words;
    DWORD length = GetModuleFileNameW(NULL, program, MOST);
    py_main run;
    if (!given || count < 1 || !length || length >= MOST)
        return CANNOT_START;
    for (index = (int)length; index > 0 && program[index] != L'\\'; index--)
        ;
    lstrcpynW(library, program, index + 1);
    run = load_python(library, library + index);
    words = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY,
                      (size_t)(OUR_COUNT + count + 1) * sizeof *words);
    if (!run || !words)
        return cannot_start(count > 1);
    words[0] = program;
    for (index = 0; index < OUR_COUNT; index++)
        words[1 + index] = OURS[index];
    for (index = 1; index < count; index++)
        words[OUR_COUNT + index] = given[index];
    return run(OUR_COUNT + count, words);
}

#ifdef CONSOLE
int wmain(void)
{
    return start();
}
#else
int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, wchar_t *line, int show)
{
    (void)instance, (void)previous, (void)line, (void)show;
    return start();
}
#endif

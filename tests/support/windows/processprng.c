/* The one function of bcryptprimitives.dll that libraries written in Rust ask for, and that Wine 8 does
   not have (*Desktop packaging* 9.1). */

#include <windows.h>

/* RtlGenRandom has only this name in the library. */
BOOLEAN NTAPI SystemFunction036(void *data, ULONG size);

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *data, SIZE_T size) {
  return SystemFunction036(data, (ULONG)size);
}

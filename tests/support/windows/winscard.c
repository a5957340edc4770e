/* The smart-card library of Windows, for tests under Wine, whose own one is empty.
   Each call is one line to the relay on loopback and one line back: a card of the same simulator as
   behind the virtual reader of Linux answers (tests/support/cardrelay.py says what the lines are).
   The relay's port stands in the environment, CARDRELAY_PORT; without it there is no service. */

#define WIN32_LEAN_AND_MEAN /* without the declarations of the library we replace */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __declspec(dllexport)
#define NO_SERVICE ((LONG)0x8010001D)
#define TOO_SMALL ((LONG)0x80100008)
#define UNSUPPORTED ((LONG)0x80100022)
#define AUTOMATIC ((DWORD)-1)

enum { ROOM = 8192 };

typedef struct {
  const char *name;
  void *user;
  DWORD known, found, size;
  BYTE atr[36];
} reader_state;

typedef struct { char text[ROOM], *rest; } line;

EXPORT const DWORD g_rgSCardT0Pci[2] = {1, 8}, g_rgSCardT1Pci[2] = {2, 8};

static void add(line *to, const char *format, ...) {
  size_t used = strlen(to->text);
  va_list values;
  va_start(values, format);
  vsnprintf(to->text + used, ROOM - used, format, values);
  va_end(values);
}

/* Writes bytes as hexadecimal, with a point before so that nothing is something too. */
static void add_bytes(line *to, const void *bytes, DWORD size) {
  add(to, " .");
  for (DWORD i = 0; i < size; i++) add(to, "%02x", ((const BYTE *)bytes)[i]);
}

static SOCKET connected(void) {
  static volatile LONG is_ready;
  char port[8] = "";
  WSADATA facts;
  if (!InterlockedExchange(&is_ready, 1)) WSAStartup(MAKEWORD(2, 2), &facts);
  GetEnvironmentVariableA("CARDRELAY_PORT", port, sizeof port);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((u_short)atoi(port))};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SOCKET way = socket(AF_INET, SOCK_STREAM, 0);
  if (way != INVALID_SOCKET && connect(way, (struct sockaddr *)&to, sizeof to) == 0) return way;
  if (way != INVALID_SOCKET) closesocket(way);
  return INVALID_SOCKET;
}

/* Asks, and gives the result; what else was answered is in the line's rest. */
static LONG ask(line *asked) {
  SOCKET way = connected();
  if (way == INVALID_SOCKET) return NO_SERVICE;
  add(asked, "\n");
  send(way, asked->text, (int)strlen(asked->text), 0);
  int size = 0, more;
  while (size < ROOM - 1 && (more = recv(way, asked->text + size, ROOM - 1 - size, 0)) > 0) size += more;
  closesocket(way);
  asked->text[size] = 0;
  if (!size) return NO_SERVICE;
  return (LONG)strtoul(asked->text, &asked->rest, 16);
}

static unsigned long long number(line *answered) { return strtoull(answered->rest, &answered->rest, 16); }

/* Reads the next bytes; gives their number, also where there is less room for them. */
static DWORD bytes(line *answered, void *into, DWORD room) {
  char *from = strchr(answered->rest, '.');
  DWORD size = 0;
  if (!from) return 0;
  for (from++; from[0] > ' ' && from[1] > ' '; from += 2, size++) {
    char two[3] = {from[0], from[1], 0};
    if (into && size < room) ((BYTE *)into)[size] = (BYTE)strtoul(two, NULL, 16);
  }
  answered->rest = from;
  return size;
}

/* Hands out bytes as Windows does: the size alone, into a buffer, or into one of our own. */
static LONG hand_out(line *answered, void *into, DWORD *size) {
  BYTE found[ROOM];
  DWORD room = *size;
  *size = bytes(answered, found, ROOM);
  if (!into) return 0;
  if (room == AUTOMATIC) {
    void *made = malloc(*size + 1);
    *(void **)into = made;
    into = made;
  }
  if (room < *size) return TOO_SMALL;
  memcpy(into, found, *size);
  return 0;
}

EXPORT LONG WINAPI SCardEstablishContext(DWORD scope, const void *a, const void *b, ULONG_PTR *context) {
  line l = {"establish"};
  LONG result = ask(&l);
  if (!result) *context = (ULONG_PTR)number(&l);
  return result;
}

static LONG about(const char *verb, ULONG_PTR handle) {
  line l = {""};
  add(&l, "%s %llx", verb, (unsigned long long)handle);
  return ask(&l);
}

EXPORT LONG WINAPI SCardReleaseContext(ULONG_PTR context) { return about("release", context); }
EXPORT LONG WINAPI SCardIsValidContext(ULONG_PTR context) { return about("valid", context); }
EXPORT LONG WINAPI SCardCancel(ULONG_PTR context) { return about("cancel", context); }
EXPORT LONG WINAPI SCardBeginTransaction(ULONG_PTR card) { return about("begin", card); }
EXPORT LONG WINAPI SCardEndTransaction(ULONG_PTR card, DWORD after) { return about("end", card); }
EXPORT LONG WINAPI SCardDisconnect(ULONG_PTR card, DWORD after) { return about("disconnect", card); }
EXPORT LONG WINAPI SCardFreeMemory(ULONG_PTR context, void *memory) { free(memory); return 0; }
EXPORT HANDLE WINAPI SCardAccessStartedEvent(void) { return CreateEventA(NULL, TRUE, TRUE, NULL); }
EXPORT void WINAPI SCardReleaseStartedEvent(void) {}

EXPORT LONG WINAPI SCardListReadersA(ULONG_PTR context, const char *groups, char *names, DWORD *size) {
  line l = {""};
  add(&l, "readers %llx", (unsigned long long)context);
  LONG result = ask(&l);
  return result ? result : hand_out(&l, names, size);
}

EXPORT LONG WINAPI SCardGetStatusChangeA(ULONG_PTR context, DWORD wait_ms, reader_state *states, DWORD count) {
  line l = {""};
  add(&l, "changes %llx %lx", (unsigned long long)context, wait_ms);
  for (DWORD i = 0; i < count; i++) {
    add_bytes(&l, states[i].name, (DWORD)strlen(states[i].name));
    add(&l, " %lx", states[i].known);
  }
  LONG result = ask(&l);
  if (result == NO_SERVICE) return result;
  for (DWORD i = 0; i < count && *l.rest > '\n'; i++) {
    states[i].found = (DWORD)number(&l);
    states[i].size = bytes(&l, states[i].atr, sizeof states[i].atr);
  }
  return result;
}

EXPORT LONG WINAPI SCardConnectA(ULONG_PTR context, const char *name, DWORD mode, DWORD protocols,
                                 ULONG_PTR *card, DWORD *protocol) {
  line l = {""};
  add(&l, "connect %llx %lx", (unsigned long long)context, mode);
  add_bytes(&l, name, (DWORD)strlen(name));
  LONG result = ask(&l);
  if (result) return result;
  *card = (ULONG_PTR)number(&l);
  *protocol = (DWORD)number(&l);
  return 0;
}

EXPORT LONG WINAPI SCardReconnect(ULONG_PTR card, DWORD mode, DWORD protocols, DWORD before, DWORD *protocol) {
  line l = {""};
  add(&l, "reconnect %llx %lx", (unsigned long long)card, mode);
  LONG result = ask(&l);
  if (!result) *protocol = (DWORD)number(&l);
  return result;
}

EXPORT LONG WINAPI SCardStatusA(ULONG_PTR card, char *names, DWORD *names_size, DWORD *state, DWORD *protocol,
                                BYTE *atr, DWORD *atr_size) {
  line l = {""};
  add(&l, "status %llx", (unsigned long long)card);
  LONG result = ask(&l);
  if (result) return result;
  if (state) *state = (DWORD)number(&l);
  if (protocol) *protocol = (DWORD)number(&l);
  if (names_size) result = hand_out(&l, names, names_size);
  return result || !atr_size ? result : hand_out(&l, atr, atr_size);
}

EXPORT LONG WINAPI SCardTransmit(ULONG_PTR card, const void *in_pci, const BYTE *command, DWORD size,
                                 void *out_pci, BYTE *answer, DWORD *answer_size) {
  line l = {""};
  add(&l, "transmit %llx", (unsigned long long)card);
  add_bytes(&l, command, size);
  LONG result = ask(&l);
  return result ? result : hand_out(&l, answer, answer_size);
}

EXPORT LONG WINAPI SCardControl(ULONG_PTR card, DWORD code, const void *data, DWORD size, void *answer,
                                DWORD room, DWORD *answer_size) {
  line l = {""};
  add(&l, "control %llx %lx", (unsigned long long)card, code);
  add_bytes(&l, data, size);
  LONG result = ask(&l);
  *answer_size = room;
  return result ? result : hand_out(&l, answer, answer_size);
}

EXPORT LONG WINAPI SCardGetAttrib(ULONG_PTR card, DWORD attribute, BYTE *value, DWORD *size) {
  line l = {""};
  add(&l, "attribute %llx %lx", (unsigned long long)card, attribute);
  LONG result = ask(&l);
  return result ? result : hand_out(&l, value, size);
}

/* Whatever else a program looks up when it loads the library. */
#define ABSENT(name) EXPORT LONG WINAPI name(void) { return UNSUPPORTED; }
ABSENT(SCardAddReaderToGroupA) ABSENT(SCardForgetCardTypeA) ABSENT(SCardForgetReaderA)
ABSENT(SCardForgetReaderGroupA) ABSENT(SCardGetCardTypeProviderNameA) ABSENT(SCardGetProviderIdA)
ABSENT(SCardIntroduceCardTypeA) ABSENT(SCardIntroduceReaderA) ABSENT(SCardIntroduceReaderGroupA)
ABSENT(SCardListCardsA) ABSENT(SCardListInterfacesA) ABSENT(SCardListReaderGroupsA)
ABSENT(SCardLocateCardsA) ABSENT(SCardRemoveReaderFromGroupA) ABSENT(SCardSetAttrib)
ABSENT(SCardSetCardTypeProviderNameA)

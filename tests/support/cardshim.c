/* A PKCS#11 library in front of another one, mostly SoftHSM2, that can do what that one cannot:
   have a keypad, block a PIN, be cancelled, lose its card, sign wrongly, ask for the PIN itself,
   crash, hang, and print.
   Tests set the variables below; for a library in another process they write them into the
   environment as CARDSHIM="name=number name=number", and read what was called from the file
   CARDSHIM_LOG.

   Only the order of the functions in the list is used, as the standard fixes it. */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long num;
typedef num (*fn)();

enum { INITIALIZE = 0, FINALIZE = 1, FUNCTION_LIST = 3, SLOT_LIST = 4, TOKEN_INFO = 6,
       MECHANISM_LIST = 7, OPEN_SESSION = 12, LOGIN = 18, LOGOUT = 19, FIND_INIT = 26, SIGN = 43, FUNCTIONS = 68,
       LOAD = 100 };

struct list { unsigned char version[2]; fn functions[FUNCTIONS]; };

struct attribute { num type; void *value; num size; };

enum { CLASS = 0, PRIVATE_KEY = 3 };

/* label 32, manufacturer 32, model 16, serial 16, then the flags. */
enum { FLAGS_AT = 96 };

__attribute__((visibility("default"))) num shim_flags = 0;        /* added to the token's flags */
__attribute__((visibility("default"))) num shim_login = 0;        /* what C_Login answers */
__attribute__((visibility("default"))) num shim_sign = 0;         /* what C_Sign answers */
__attribute__((visibility("default"))) num shim_token = 0;        /* what C_GetTokenInfo answers */
__attribute__((visibility("default"))) num shim_token_after = 0;  /* the same, after a failure */
__attribute__((visibility("default"))) int shim_flips = 0;        /* change each signature */
__attribute__((visibility("default"))) int shim_logins = 0;       /* how often C_Login was asked */
__attribute__((visibility("default"))) int shim_logouts = 0;      /* how often C_Logout was */
__attribute__((visibility("default"))) char shim_keypad[16] = ""; /* what is typed on the keypad */

__attribute__((visibility("default"))) num shim_unset = 0;        /* taken from the flags */
__attribute__((visibility("default"))) num shim_hidden = 0;       /* a mechanism left out */
__attribute__((visibility("default"))) num shim_dialogue = 0;     /* ask for the PIN itself */
__attribute__((visibility("default"))) num shim_broken = -1;      /* a slot with a broken card */
__attribute__((visibility("default"))) num shim_crash = 0;        /* function that crashes */
__attribute__((visibility("default"))) num shim_hang = 0;         /* function that never ends */
__attribute__((visibility("default"))) num shim_prints = 0;       /* print in every function */

static struct list *inner;
static struct list outer;

static void note(const char *what) {
  const char *path = getenv("CARDSHIM_LOG");
  int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
  if (file < 0) return;
  write(file, what, strlen(what));
  close(file);
}

static void reached(num function) {
  if (shim_prints) {
    printf("a library that talks\n");
    fflush(stdout);
  }
  if (shim_crash == function) abort();
  while (shim_hang == function) pause();
}

static num told(const char *name, num otherwise) {
  char wanted[32];
  const char *text = getenv("CARDSHIM");
  snprintf(wanted, sizeof wanted, "%s=", name);
  const char *found = text ? strstr(text, wanted) : NULL;
  return found ? strtoul(found + strlen(wanted), NULL, 0) : otherwise;
}

static void read_environment() {
  shim_flags = told("flags", shim_flags);
  shim_login = told("login", shim_login);
  shim_sign = told("sign", shim_sign);
  shim_token = told("token", shim_token);
  shim_token_after = told("after", shim_token_after);
  shim_unset = told("unset", shim_unset);
  shim_hidden = told("hidden", shim_hidden);
  shim_dialogue = told("dialogue", shim_dialogue);
  shim_crash = told("crash", shim_crash);
  shim_hang = told("hang", shim_hang);
  shim_prints = told("prints", shim_prints);
  if (told("keypad", 0)) snprintf(shim_keypad, sizeof shim_keypad, "%lu", told("keypad", 0));
}

static num ok() { return 0; }

static num initialize(void *arguments) {
  num result = inner->functions[INITIALIZE](arguments);
  return result == 0x191 ? 0 : result; /* already initialised by the tests themselves */
}

static num token_info(num slot, unsigned char *info) {
  if (shim_token) return shim_token;
  num result = inner->functions[TOKEN_INFO](slot, info);
  num flags;
  memcpy(&flags, info + FLAGS_AT, sizeof flags);
  flags = (flags | shim_flags) & ~shim_unset;
  memcpy(info + FLAGS_AT, &flags, sizeof flags);
  return result;
}

static num slot_list(unsigned char present, num *slots, num *count) {
  reached(SLOT_LIST);
  return inner->functions[SLOT_LIST](present, slots, count);
}

static num mechanism_list(num slot, num *mechanisms, num *count) {
  num result = inner->functions[MECHANISM_LIST](slot, mechanisms, count);
  if (result || !mechanisms) return result;
  for (num i = 0; i < *count; i++)
    if (mechanisms[i] == shim_hidden) mechanisms[i] = mechanisms[i ? 0 : 1];
  return 0;
}

static num open_session(num slot, num flags, void *application, void *notify, num *session) {
  if (shim_broken == slot) return 0x30; /* device error */
  return inner->functions[OPEN_SESSION](slot, flags, application, notify, session);
}

/* The key of SoftHSM2 is not seen before the login; that of the official library is, and its window
   opens with the signature. */
static num find_init(num session, struct attribute *template, num count) {
  int seeks_key = 0;
  for (num i = 0; i < count; i++)
    if (template[i].type == CLASS && *(num *)template[i].value == PRIVATE_KEY) seeks_key = 1;
  if (shim_dialogue && seeks_key)
    inner->functions[LOGIN](session, 1, shim_keypad, strlen(shim_keypad));
  return inner->functions[FIND_INIT](session, template, count);
}

static num sign(num session, void *data, num size, unsigned char *out, num *out_size) {
  num result = inner->functions[SIGN](session, data, size, out, out_size);
  if (!out || result) return result; /* only asked for the length */
  reached(SIGN);
  note(shim_dialogue ? "dialogue\nsign\n" : "sign\n");
  if (shim_dialogue && shim_login) return shim_login;
  if (shim_sign) {
    shim_token = shim_token_after;
    return shim_sign;
  }
  if (shim_flips) out[*out_size / 2] ^= 1;
  return 0;
}

__attribute__((visibility("default"))) num C_Login(num session, num user, char *pin, num size) {
  shim_logins++;
  note("login\n");
  reached(LOGIN);
  if (shim_login) return shim_login;
  if (!pin) return inner->functions[LOGIN](session, user, shim_keypad, strlen(shim_keypad));
  return inner->functions[LOGIN](session, user, pin, size);
}

__attribute__((visibility("default"))) num C_Logout(num session) {
  shim_logouts++;
  note("logout\n");
  return inner->functions[LOGOUT](session);
}

__attribute__((visibility("default"))) num C_GetFunctionList(struct list **list) {
  read_environment();
  reached(LOAD);
  void *library = dlopen(INNER, RTLD_NOW);
  if (!library) return 5;
  num (*get)(struct list **) = (num (*)(struct list **))dlsym(library, "C_GetFunctionList");
  num result = get(&inner);
  if (result) return result;
  outer = *inner;
  outer.functions[INITIALIZE] = (fn)initialize;
  outer.functions[FINALIZE] = (fn)ok;
  outer.functions[FUNCTION_LIST] = (fn)C_GetFunctionList;
  outer.functions[SLOT_LIST] = (fn)slot_list;
  outer.functions[MECHANISM_LIST] = (fn)mechanism_list;
  outer.functions[OPEN_SESSION] = (fn)open_session;
  outer.functions[FIND_INIT] = (fn)find_init;
  outer.functions[TOKEN_INFO] = (fn)token_info;
  outer.functions[LOGIN] = (fn)C_Login;
  outer.functions[LOGOUT] = (fn)C_Logout;
  outer.functions[SIGN] = (fn)sign;
  *list = &outer;
  return 0;
}

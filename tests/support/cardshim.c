/* A PKCS#11 library in front of SoftHSM2 that can do what SoftHSM2 cannot: have a keypad, block a
   PIN, be cancelled, lose its card, and sign wrongly.  Tests set the variables below.

   Only the order of the functions in the list is used, as the standard fixes it. */

#include <dlfcn.h>
#include <string.h>

typedef unsigned long num;
typedef num (*fn)();

enum { INITIALIZE = 0, FINALIZE = 1, FUNCTION_LIST = 3, TOKEN_INFO = 6, LOGIN = 18, LOGOUT = 19,
       SIGN = 43, FUNCTIONS = 68 };

struct list { unsigned char version[2]; fn functions[FUNCTIONS]; };

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

static struct list *inner;
static struct list outer;

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
  flags |= shim_flags;
  memcpy(info + FLAGS_AT, &flags, sizeof flags);
  return result;
}

static num sign(num session, void *data, num size, unsigned char *out, num *out_size) {
  if (shim_sign) {
    shim_token = shim_token_after;
    return shim_sign;
  }
  num result = inner->functions[SIGN](session, data, size, out, out_size);
  if (shim_flips && out && result == 0) out[*out_size / 2] ^= 1;
  return result;
}

__attribute__((visibility("default"))) num C_Login(num session, num user, char *pin, num size) {
  shim_logins++;
  if (shim_login) return shim_login;
  if (!pin) return inner->functions[LOGIN](session, user, shim_keypad, strlen(shim_keypad));
  return inner->functions[LOGIN](session, user, pin, size);
}

__attribute__((visibility("default"))) num C_Logout(num session) {
  shim_logouts++;
  return inner->functions[LOGOUT](session);
}

__attribute__((visibility("default"))) num C_GetFunctionList(struct list **list) {
  void *library = dlopen(SOFTHSM, RTLD_NOW);
  if (!library) return 5;
  num (*get)(struct list **) = (num (*)(struct list **))dlsym(library, "C_GetFunctionList");
  num result = get(&inner);
  if (result) return result;
  outer = *inner;
  outer.functions[INITIALIZE] = (fn)initialize;
  outer.functions[FINALIZE] = (fn)ok;
  outer.functions[FUNCTION_LIST] = (fn)C_GetFunctionList;
  outer.functions[TOKEN_INFO] = (fn)token_info;
  outer.functions[LOGIN] = (fn)C_Login;
  outer.functions[LOGOUT] = (fn)C_Logout;
  outer.functions[SIGN] = (fn)sign;
  *list = &outer;
  return 0;
}

// libnftables, loaded when rules are first written. Linked, it would bring libgmp, jansson, libxtables and two more into
// every start of the binary; only the daemon writes rules, and only where a container has a network.
#include "CLibNFTables.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

#define LIBRARY "libnftables.so.1"

// Every function that is used: what it returns, its name, its parameters and the arguments passed on. The compiler
// checks each against libnftables' own header.
#define FUNCTIONS(F)                                                                                                  \
  F(void, nft_ctx_free, (struct nft_ctx * context), (context))                                                        \
  F(int, nft_ctx_buffer_output, (struct nft_ctx * context), (context))                                                \
  F(int, nft_ctx_buffer_error, (struct nft_ctx * context), (context))                                                 \
  F(const char *, nft_ctx_get_output_buffer, (struct nft_ctx * context), (context))                                   \
  F(const char *, nft_ctx_get_error_buffer, (struct nft_ctx * context), (context))                                    \
  F(int, nft_run_cmd_from_buffer, (struct nft_ctx * context, const char *text), (context, text))

static struct nft_ctx *(*new_context)(uint32_t);

#define POINTER(type, name, parameters, arguments) static type(*p_##name) parameters;
FUNCTIONS(POINTER)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int loaded = -1;
static const char *failure = "not loaded";

static void load(void) {
  void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *said = dlerror();
    failure = said != NULL ? said : "cannot load " LIBRARY;
    return;
  }
  int missing = 0;
#define FIND(type, name, parameters, arguments)                                                                       \
  p_##name = (type(*) parameters)dlsym(library, #name);                                                               \
  if (p_##name == NULL) missing = 1;
  FUNCTIONS(FIND)
  struct nft_ctx *(*found)(uint32_t) = (struct nft_ctx * (*)(uint32_t)) dlsym(library, "nft_ctx_new");
  if (missing || found == NULL) {
    failure = LIBRARY " lacks a function";
    return;
  }
  new_context = found;
  loaded = 0;
}

int wherry_nftables_load(void) {
  pthread_once(&once, load);
  return loaded;
}

const char *wherry_nftables_load_error(void) { return failure; }

struct nft_ctx *nft_ctx_new(uint32_t flags) { return wherry_nftables_load() == 0 ? new_context(flags) : NULL; }

// Each takes what only that one makes, so the library is there.
#define FORWARD(type, name, parameters, arguments)                                                                    \
  type name parameters { return p_##name arguments; }
FUNCTIONS(FORWARD)

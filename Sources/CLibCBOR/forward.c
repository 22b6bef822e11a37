// libcbor, loaded by name when the program starts: its functions that are used are the same in Debian 12 (0.8) and
// Debian 13 (0.10), but the name of the file is not, and a linked binary would run on one of them only.
#include "CLibCBOR.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

// From 0.9 on, callbacks are told lengths as uint64_t, not as size_t: the same where a pointer has 64 bits. Elsewhere only
// the library will do whose header this was compiled with.
static const char *const libraries[] = {
#if UINTPTR_MAX == UINT64_MAX || CBOR_MAJOR_VERSION > 0 || CBOR_MINOR_VERSION >= 9
    "libcbor.so.0.10",
#endif
#if UINTPTR_MAX == UINT64_MAX || (CBOR_MAJOR_VERSION == 0 && CBOR_MINOR_VERSION < 9)
    "libcbor.so.0.8",
#endif
};

// Every function that is used: what it returns, its name, its parameters and the arguments passed on. The compiler
// checks each against libcbor's own header.
#define FUNCTIONS(F)                                                                                                  \
  F(struct cbor_decoder_result, cbor_stream_decode,                                                                   \
    (cbor_data bytes, size_t size, const struct cbor_callbacks *callbacks, void *context),                            \
    (bytes, size, callbacks, context))                                                                                \
  F(size_t, cbor_encode_array_start, (size_t count, unsigned char *buffer, size_t size), (count, buffer, size))       \
  F(size_t, cbor_encode_bool, (bool value, unsigned char *buffer, size_t size), (value, buffer, size))                \
  F(size_t, cbor_encode_bytestring_start, (size_t length, unsigned char *buffer, size_t size), (length, buffer, size)) \
  F(size_t, cbor_encode_ctrl, (uint8_t value, unsigned char *buffer, size_t size), (value, buffer, size))             \
  F(size_t, cbor_encode_double, (double value, unsigned char *buffer, size_t size), (value, buffer, size))            \
  F(size_t, cbor_encode_map_start, (size_t count, unsigned char *buffer, size_t size), (count, buffer, size))         \
  F(size_t, cbor_encode_negint, (uint64_t value, unsigned char *buffer, size_t size), (value, buffer, size))          \
  F(size_t, cbor_encode_null, (unsigned char *buffer, size_t size), (buffer, size))                                   \
  F(size_t, cbor_encode_single, (float value, unsigned char *buffer, size_t size), (value, buffer, size))             \
  F(size_t, cbor_encode_string_start, (size_t length, unsigned char *buffer, size_t size), (length, buffer, size))    \
  F(size_t, cbor_encode_tag, (uint64_t value, unsigned char *buffer, size_t size), (value, buffer, size))             \
  F(size_t, cbor_encode_uint, (uint64_t value, unsigned char *buffer, size_t size), (value, buffer, size))            \
  F(size_t, cbor_encode_undef, (unsigned char *buffer, size_t size), (buffer, size))

#define POINTER(type, name, parameters, arguments) static type(*p_##name) parameters;
FUNCTIONS(POINTER)

// As the dynamic linker ends a program that lacks a library.
static void refuse(void) {
  static const char text[] =
      "wherry: libcbor.so.0.10 or libcbor.so.0.8 cannot be loaded, or lacks a function: apt install libcbor0.10, or "
      "libcbor0.8 on Debian 12\n";
  if (write(STDERR_FILENO, text, strlen(text)) < 0) _exit(126);
  _exit(127);
}

// Before main, so that no call has to ask whether it is there: records and messages are encoded in every start.
__attribute__((constructor)) static void load(void) {
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < sizeof libraries / sizeof *libraries; i++) {
    library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
  }
  if (library == NULL) refuse();
#define FIND(type, name, parameters, arguments)                                                                       \
  p_##name = (type(*) parameters)dlsym(library, #name);                                                               \
  if (p_##name == NULL) refuse();
  FUNCTIONS(FIND)
}

#define FORWARD(type, name, parameters, arguments)                                                                    \
  type name parameters { return p_##name arguments; }
FUNCTIONS(FORWARD)

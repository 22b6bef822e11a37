#include "CWherryLinux.h"

#include <dlfcn.h>
#include <stdlib.h>

// crypt_rn(3) of libxcrypt. Loaded when it is needed: whoever starts a container has no use for the library.
int wherry_crypt(const char *phrase, const char *setting, char *output, int size) {
  static const int data_size = 32768; // CRYPT_DATA_SIZE >= sizeof(struct crypt_data), crypt(3)
  void *library = dlopen("libcrypt.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) return ENOENT;
  char *(*hash)(const char *, const char *, void *, int) = dlsym(library, "crypt_rn");
  if (!hash) return ENOENT;
  void *data = calloc(1, data_size);
  if (!data) return ENOMEM;
  const char *text = hash(phrase, setting, data, data_size);
  int failure = EINVAL;
  // A failure is NULL, or a text that begins with a star.
  if (text && text[0] != '*' && strlen(text) < (size_t)size) {
    strcpy(output, text);
    failure = 0;
  }
  explicit_bzero(data, data_size);
  free(data);
  return failure;
}

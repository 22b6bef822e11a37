#include <nftables/libnftables.h>

/// Loads libnftables, where that has not been done yet: 0, or -1 with a message in `wherry_nftables_load_error`.
/// Until then `nft_ctx_new` gives NULL.
int wherry_nftables_load(void);

/// Why it could not be loaded; never NULL.
const char *wherry_nftables_load_error(void);

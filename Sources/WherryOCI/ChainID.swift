package import WherryModel

import struct Crypto.SHA256

extension ImageConfiguration {
  /// What the layer store knows each layer by, lowest first: its chain ID (image-spec config.md,
  /// "Layer ChainID"), a digest over the layer and all below it.
  ///
  /// Not the diff ID: what a layer's archive means depends on the layers below. With `/bin -> usr/bin`
  /// below, its `bin/x` is `usr/bin/x`; without, it is `bin/x`.
  package var layerIDs: [Digest] {
    var ids: [Digest] = []
    for diffID in diffIDs {
      guard let below = ids.last else {
        ids.append(diffID)
        continue
      }
      let hash = SHA256.hash(data: Array("\(below) \(diffID)".utf8))
      guard let id = Digest(sha256: Array(hash)) else { continue }  // never: SHA-256 has 32 bytes
      ids.append(id)
    }
    return ids
  }
}

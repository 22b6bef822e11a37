import WherryLinux
import WherryModel
import WherryOCI

/// What layers will take on the device, before the first byte of them is written.
struct DiskNeed: Sendable, Equatable {
  var layers = 0
  var bytes: UInt64 = 0

  /// With more free space than so many times the compressed size, and than this, nothing is asked: layers rarely unfold
  /// to more.
  private static let ampleFactor: UInt64 = 16
  private static let ampleBytes: UInt64 = 1 << 30

  /// Throws `noSpace` with the numbers. Where space is scarce each layer's real size is asked for, in a request of some
  /// bytes; a registry that does not answer that is not counted on.
  static func check(
    _ layers: [Descriptor], at staging: String, limits: ExtractionLimits, for reference: String,
    _ client: RegistryClient
  ) throws {
    guard !layers.isEmpty else { return }
    let usage = try WherryError.converting("measure \(staging)") { () throws(SystemError) in
      try FileSystemUsage(of: staging)
    }
    let free = usage.freeBytes > limits.reservedBytes ? usage.freeBytes - limits.reservedBytes : 0
    let compressed = layers.reduce(UInt64(0)) { $0 + $1.size }
    var need = DiskNeed(layers: layers.count, bytes: compressed)
    try need.require(free, staging, reference)
    guard free / ampleFactor < compressed || free < ampleBytes else { return }
    need.bytes = try blocking {
      var total: UInt64 = 0
      for layer in layers { total += await unpacked(layer, client) }
      return total
    }
    try need.require(free, staging, reference)
  }

  private func require(_ free: UInt64, _ staging: String, _ reference: String) throws(WherryError) {
    guard bytes > free else { return }
    throw WherryError(
      .noSpace,
      "\(reference) needs about \(Self.text(bytes)) for \(layers) layer\(layers == 1 ? "" : "s"), and "
        + "\(Self.text(free)) can be used on the device that holds \(staging.prefixFolder)",
      hint: "free space there, for example with: wherry image prune -a")
  }

  private static func text(_ bytes: UInt64) -> String {
    bytes < 10 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB"
  }

  /// The size a gzip file says it unfolds to is in its last four bytes, modulo 2^32 (RFC 1952 section 2.3.1).
  private static func unpacked(_ layer: Descriptor, _ client: RegistryClient) async -> UInt64 {
    guard layer.mediaType.compression == .gzip, layer.size > 20 else { return layer.size }
    do {
      let answer = try await client.get("blobs/\(layer.digest)", offset: layer.size - 4)
      guard answer.status == 206 else { return layer.size }
      let bytes = try await client.body(of: answer, maximum: 4, what: "end of layer")
      guard bytes.count == 4 else { return layer.size }
      var size = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      while size < layer.size / 2 { size += 1 << 32 }
      return size
    } catch {
      return layer.size
    }
  }
}

extension String {
  /// Without the last part.
  fileprivate var prefixFolder: String {
    guard let slash = lastIndex(of: "/"), slash > startIndex else { return self }
    return String(self[..<slash])
  }
}

/// How much one layer may unfold to (CASES.md A6).
struct ExtractionLimits: Sendable, Equatable {
  /// Bytes of the uncompressed archive.
  var archiveBytes: UInt64 = 64 << 30
  /// Uncompressed over compressed bytes, past `ratioFloor` of uncompressed ones. gzip reaches 1,032 at most.
  var ratio: UInt64 = 1200
  var ratioFloor: UInt64 = 256 << 20
  /// Bytes written to files.
  var fileBytes: UInt64 = 64 << 30
  /// The logical size of one file; holes count.
  var fileSize: UInt64 = 1 << 40
  var entries = 1_000_000
  var pathBytes = 4095
  var nameBytes = 255
  /// Left free on the device, in any case.
  var reservedBytes: UInt64 = 32 << 20
}

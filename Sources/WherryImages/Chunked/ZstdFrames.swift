import CLibZstd
import WherryModel

/// Packs bytes into zstd frames (RFC 8878), whose ends the caller chooses. The same bytes and ends give the same frames.
/// Used by one thread.
final class ZstdFrames {
  /// How hard to try, and in how much memory.
  struct Effort: Sendable {
    var level: Int32
    /// The window is 2 to the power of it, and the tables are some five times that.
    var windowLog: Int32

    /// Content of files: a frame is rarely longer than this window.
    static let content = Effort(level: 7, windowLog: 18)
    /// Lists, which repeat themselves in short distances; every update fetches them, so a level that packs digests in hex
    /// well is worth its time.
    static let list = Effort(level: 16, windowLog: 17)
  }

  private let context: OpaquePointer
  private let buffer: UnsafeMutableRawBufferPointer
  private let output: (UnsafeRawBufferPointer) throws -> Void
  private var isInFrame = false

  init(_ effort: Effort, output: @escaping (UnsafeRawBufferPointer) throws -> Void) throws(WherryError) {
    guard let context = ZSTD_createCCtx() else {
      throw WherryError(.resourceExhausted, "compress: out of memory")
    }
    self.context = context
    self.output = output
    buffer = .allocate(byteCount: 64 << 10, alignment: 16)
    let settings = [
      ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, effort.level),
      ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, effort.windowLog),
    ]
    guard settings.allSatisfy({ ZSTD_isError($0) == 0 }) else {
      throw WherryError(.internal, "compress: this zstd does not know level \(effort.level)")
    }
  }

  deinit {
    ZSTD_freeCCtx(context)
    buffer.deallocate()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    guard !bytes.isEmpty else { return }
    isInFrame = true
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    while input.pos < input.size { _ = try step(&input, ZSTD_e_continue) }
  }

  func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  /// What follows is in a frame of its own. Afterwards all is at the output.
  func endFrame() throws {
    guard isInFrame else { return }
    isInFrame = false
    var input = ZSTD_inBuffer(src: nil, size: 0, pos: 0)
    while try step(&input, ZSTD_e_end) > 0 {}
  }

  /// What the library has still to write.
  private func step(_ input: inout ZSTD_inBuffer, _ directive: ZSTD_EndDirective) throws -> Int {
    var out = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    let left = ZSTD_compressStream2(context, &out, &input, directive)
    guard ZSTD_isError(left) == 0 else {
      throw WherryError(.internal, "compress: \(String(cString: ZSTD_getErrorName(left)))")
    }
    if out.pos > 0 { try output(UnsafeRawBufferPointer(rebasing: buffer[..<out.pos])) }
    return left
  }
}

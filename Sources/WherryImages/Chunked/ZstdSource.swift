import CLibZstd
import WherryModel

/// Unpacks zstd frames, one after another, until its source ends. Used by one thread.
final class ZstdSource: ByteSource {
  /// Frames that want a larger window than 16 MiB are refused.
  private static let maximumWindowLog: Int32 = 24

  private let context: OpaquePointer
  private let buffer: UnsafeMutableRawBufferPointer
  private let what: String
  private var inner: any ByteSource
  private var filled = 0
  private var used = 0
  private var isAtEnd = false
  /// In the middle of a frame.
  private var isInFrame = false

  init(_ inner: any ByteSource, what: String) throws(WherryError) {
    guard let context = ZSTD_createDCtx() else {
      throw WherryError(.resourceExhausted, "read \(what): out of memory")
    }
    self.context = context
    self.inner = inner
    self.what = what
    buffer = .allocate(byteCount: 64 << 10, alignment: 16)
    guard ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.maximumWindowLog)) == 0
    else {
      throw WherryError(.internal, "read \(what): this zstd cannot bound its window")
    }
  }

  deinit {
    ZSTD_freeDCtx(context)
    buffer.deallocate()
  }

  /// Begins with other frames.
  func restart(_ inner: any ByteSource) {
    self.inner = inner
    (filled, used, isAtEnd, isInFrame) = (0, 0, false, false)
    _ = ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
  }

  func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      if used == filled, !isAtEnd {
        (used, filled) = (0, try inner.read(into: buffer))
        isAtEnd = filled == 0
      }
      var input = ZSTD_inBuffer(src: buffer.baseAddress, size: filled, pos: used)
      var out = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
      let hint = ZSTD_decompressStream(context, &out, &input)
      guard ZSTD_isError(hint) == 0 else {
        throw damaged(String(cString: ZSTD_getErrorName(hint)))
      }
      let moved = input.pos > used
      used = input.pos
      // Zero says that a frame is over, and all of it was given out.
      if moved || out.pos > 0 { isInFrame = hint > 0 }
      if out.pos > 0 { return out.pos }
      if isAtEnd {
        guard !isInFrame else { throw damaged("it ends early") }
        return 0
      }
    }
  }

  private func damaged(_ how: String) -> WherryError {
    WherryError(.dataLoss, "\(what) cannot be unpacked: \(how)")
  }
}

/// At most so many bytes of another source.
final class BoundedSource: ByteSource {
  private let inner: any ByteSource
  private(set) var left: UInt64

  init(_ inner: any ByteSource, count: UInt64) {
    self.inner = inner
    left = count
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let wanted = Int(clamping: min(left, UInt64(clamping: buffer.count)))
    guard wanted > 0 else { return 0 }
    let count = try inner.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
    left -= min(left, UInt64(clamping: count))
    return count
  }
}

import NIOCore

/// Where the bytes of a download go, in order. One sender at a time.
protocol DownloadSink: Sendable {
  /// Returns when there is room for more. Throws where no more are wanted.
  func send(_ bytes: ByteBuffer) async throws
  /// No more bytes; with what ended them, where they are not all.
  func finish(_ error: (any Error)?)
}

extension ByteChannel: DownloadSink {}

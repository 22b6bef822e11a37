import NIOCore
import WherryModel

/// Gathers bytes into chunks and sends them, in a thread that may block.
final class ChunkSender {
  private let client: RegistryClient
  private let limiter: RateLimiter?
  private var upload: BlobUpload?
  private var buffer = ByteBuffer()

  init(_ client: RegistryClient, _ limiter: RateLimiter?) {
    self.client = client
    self.limiter = limiter
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    buffer.writeBytes(bytes)
    if buffer.readableBytes >= BlobUpload.chunk { try flush() }
  }

  /// How many bytes the blob has.
  func finish(_ digest: Digest) throws -> UInt64 {
    try flush()
    let (client, limiter, begun) = (client, limiter, upload)
    return try blocking {
      let upload: BlobUpload
      if let begun { upload = begun } else { upload = try await BlobUpload.start(client, limiter: limiter) }
      try await upload.finish(digest)
      return upload.offset
    }
  }

  private func flush() throws {
    guard buffer.readableBytes > 0 else { return }
    let (client, limiter, begun, bytes) = (client, limiter, upload, buffer)
    upload = try blocking {
      var upload: BlobUpload
      if let begun { upload = begun } else { upload = try await BlobUpload.start(client, limiter: limiter) }
      try await upload.append(bytes)
      return upload
    }
    buffer.clear()
  }
}

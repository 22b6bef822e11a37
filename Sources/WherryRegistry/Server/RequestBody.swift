import NIOCore
import NIOHTTP1

/// The connection ended where more of a request should have come.
struct ConnectionEnded: Error {}

/// The requests of one connection, part by part. Nothing is read from the socket that nobody asks for.
final class RequestStream {
  private var parts: NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator
  private var isInside = false

  init(_ parts: NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator) {
    self.parts = parts
  }

  /// Nil when the client has no more requests.
  func nextHead() async throws -> HTTPRequestHead? {
    while let part = try await parts.next() {
      if case .head(let head) = part {
        isInside = true
        return head
      }
    }
    return nil
  }

  /// Nil at the end of the request.
  func nextBody() async throws -> ByteBuffer? {
    guard isInside else { return nil }
    guard let part = try await parts.next() else { throw ConnectionEnded() }
    switch part {
    case .body(let buffer): return buffer
    case .end:
      isInside = false
      return nil
    case .head: throw ConnectionEnded()
    }
  }

  /// All of the request has been read.
  var isBetweenRequests: Bool { !isInside }
}

/// The body of one request.
final class RequestBody {
  private let stream: RequestStream
  private let sendContinue: () async throws -> Void
  private var expectsContinue: Bool

  init(_ stream: RequestStream, expectsContinue: Bool, sendContinue: @escaping () async throws -> Void) {
    self.stream = stream
    self.expectsContinue = expectsContinue
    self.sendContinue = sendContinue
  }

  /// Tells a client that waits for it to send (RFC 9110 section 10.1.1).
  func accept() async throws {
    guard expectsContinue else { return }
    expectsContinue = false
    try await sendContinue()
  }

  /// Nil at the end.
  func next() async throws -> [UInt8]? {
    while let buffer = try await stream.nextBody() {
      if buffer.readableBytes > 0 { return Array(buffer.readableBytesView) }
    }
    return nil
  }

  /// Reads what is left and forgets it, so that the client reads the answer. False where there is more than `limit`,
  /// or the client waits to be asked for it.
  func drain(limit: Int) async throws -> Bool {
    if expectsContinue { return stream.isBetweenRequests }
    var count = 0
    while let buffer = try await stream.nextBody() {
      count += buffer.readableBytes
      if count > limit { return false }
    }
    return true
  }
}

import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import WherryLinux
import WherryModel

extension RegistryServer {
  private typealias Part = HTTPPart<HTTPResponseHead, ByteBuffer>

  /// Of a blob, in memory for each connection.
  private static let blockSize = 128 << 10
  /// Of a refused body that is read so that the refusal can be: a reset would make the client forget it.
  private static let drainLimit = 16 << 20

  /// Answers one request after the other.
  func serve(_ connection: Connection) async {
    let peer = connection.channel.remoteAddress?.ipAddress ?? "unknown"
    do {
      try await connection.executeThenClose { inbound, _ in
        let stream = RequestStream(inbound.makeAsyncIterator())
        while let head = try await stream.nextHead() {
          activity.withLock { $0.requests += 1 }
          defer {
            activity.withLock { activity in
              activity.requests -= 1
              activity.last = .now
            }
          }
          guard try await answer(head, stream, connection.channel, peer: peer) else { return }
        }
      }
    } catch {
      // The client went, or was too slow: nobody is left to tell.
      logger.debug("a connection ended: \(error)", metadata: ["peer": "\(peer)"])
    }
  }

  /// False where the connection cannot be used again.
  private func answer(
    _ head: HTTPRequestHead, _ stream: RequestStream, _ channel: any Channel, peer: String
  ) async throws -> Bool {
    let facts = RequestFacts(head)
    let body = RequestBody(stream, expectsContinue: head.expectsContinue) {
      try await channel.writeAndFlush(Part.head(HTTPResponseHead(version: .http1_1, status: .continue))).get()
    }
    // Where there is none, the end is here already.
    if facts.contentLength ?? 0 == 0, !facts.isChunked { _ = try await body.next() }
    let response = try await respond(facts, head, body)
    let isWhole = stream.isBetweenRequests
    let keepsOpen = head.isKeepAlive && isWhole
    logger.debug(
      "request",
      metadata: [
        "peer": "\(peer)", "method": "\(facts.method)", "target": "\(facts.target.prefix(300))",
        "status": "\(response.status)",
      ])
    defer { withExtendedLifetime(response) {} }
    try await send(response, isHead: head.method == .HEAD, keepsOpen: keepsOpen, channel)
    if !isWhole { _ = try await body.drain(limit: Self.drainLimit) }
    return keepsOpen
  }

  /// Every error that is not the connection's becomes an answer.
  private func respond(
    _ facts: RequestFacts, _ head: HTTPRequestHead, _ body: RequestBody
  ) async throws -> RegistryResponse {
    do {
      _ = try await gatekeeper.check(head.headers.first(name: "authorization"))
      return try await service.respond(facts, body: body)
    } catch let problem as RegistryProblem {
      return RegistryResponse(problem)
    } catch let error as SystemError {
      logger.error("\(facts.method) \(facts.target.prefix(300)): \(error)")
      return RegistryResponse(RegistryProblem(storage: error))
    } catch let error as WherryError {
      logger.error("\(facts.method) \(facts.target.prefix(300)): \(error)")
      return RegistryResponse(RegistryProblem(500, .unknown, "the registry failed"))
    }
  }

  private func send(
    _ response: RegistryResponse, isHead: Bool, keepsOpen: Bool, _ channel: any Channel
  ) async throws {
    var headers = HTTPHeaders([("Docker-Distribution-Api-Version", "registry/2.0")])
    for header in response.headers { headers.add(name: header.name, value: header.value) }
    if response.status != 204, response.status != 304 {
      headers.add(name: "Content-Length", value: "\(response.length)")
    }
    if !keepsOpen { headers.add(name: "Connection", value: "close") }
    let status = HTTPResponseStatus(statusCode: response.status)
    channel.write(
      Part.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)), promise: nil)
    if !isHead, response.status != 304 {
      switch response.body {
      case .bytes(let bytes):
        if !bytes.isEmpty { channel.write(Part.body(ByteBuffer(bytes: bytes)), promise: nil) }
      case .blob(let part): try await send(part, channel)
      case .fetched(let part): try await send(part, channel)
      case .omitted: throw ConnectionEnded()
      }
    }
    try await channel.writeAndFlush(Part.end(nil)).get()
  }

  /// Block by block: the next is read when the one before is the kernel's. What the asynchronous channel's own writer
  /// would queue meanwhile was 13 MiB.
  private func send(_ part: BlobPart, _ channel: any Channel) async throws {
    var position: UInt64 = 0
    while position < part.count {
      let from = position
      let bytes = try await service.pool.run { () throws(SystemError) -> [UInt8] in
        try part.read(at: from, maximum: Self.blockSize)
      }
      // Shorter than it was: only a broken connection says so.
      guard !bytes.isEmpty else { throw ConnectionEnded() }
      try await channel.writeAndFlush(Part.body(ByteBuffer(bytes: bytes))).get()
      position += UInt64(bytes.count)
    }
  }

  /// The same, as the bytes come from upstream.
  private func send(_ part: FetchedPart, _ channel: any Channel) async throws {
    var position: UInt64 = 0
    while position < part.count {
      let maximum = Int(clamping: min(UInt64(Self.blockSize), part.count - position))
      let bytes = try await part.reader.read(at: part.start + position, maximum: maximum, service.pool)
      guard !bytes.isEmpty else { throw ConnectionEnded() }
      try await channel.writeAndFlush(Part.body(ByteBuffer(bytes: bytes))).get()
      position += UInt64(bytes.count)
    }
  }
}

extension HTTPRequestHead {
  var expectsContinue: Bool {
    headers.first(name: "expect")?.lowercased() == "100-continue"
  }
}

extension RequestFacts {
  init(_ head: HTTPRequestHead) {
    self.init(
      method: head.method.rawValue, target: head.uri, range: head.headers.first(name: "range"),
      contentRange: head.headers.first(name: "content-range"),
      contentType: head.headers.first(name: "content-type"),
      contentLength: head.headers.first(name: "content-length").flatMap { UInt64($0) },
      noneMatch: head.headers.first(name: "if-none-match"),
      isChunked: head.headers.contains(name: "transfer-encoding"))
  }
}

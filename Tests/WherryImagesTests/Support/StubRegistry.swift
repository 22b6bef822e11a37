import Crypto
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import WherryModel
import WherryOCI

/// A registry on loopback that answers as a test says.
final class StubRegistry: Sendable {
  struct Request: Sendable {
    var target: String
    var headers: HTTPHeaders
  }

  enum Reply: Sendable {
    case answer(Int, [(String, String)], [UInt8])
    /// Bytes on the wire as they are, then silence.
    case raw([UInt8])
    /// A byte now and then, for ever.
    case trickle([UInt8], every: Int64)
    /// The first part of the body, then the connection ends.
    case cut([UInt8], declared: Int)
  }

  let port: Int
  private let channel: any Channel

  static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  init(_ respond: @escaping @Sendable (Request) -> Reply) async throws {
    let log = LogBox()
    channel = try await ServerBootstrap(group: Self.group)
      .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
            Handler(respond: respond, log: log),
          ])
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    port = channel.localAddress?.port ?? 0
    self.log = log
  }

  private let log: LogBox

  deinit { channel.close(promise: nil) }

  var domain: String { "127.0.0.1:\(port)" }
  var requests: [Request] { log.requests.withLock { $0 } }

  final class LogBox: Sendable {
    let requests = Mutex<[Request]>([])
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer
    let respond: @Sendable (Request) -> Reply
    let log: LogBox

    init(respond: @escaping @Sendable (Request) -> Reply, log: LogBox) {
      self.respond = respond
      self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard case .head(let head) = unwrapInboundIn(data) else { return }
      let request = Request(target: head.uri, headers: head.headers)
      log.requests.withLock { $0.append(request) }
      switch respond(request) {
      case .answer(let status, let headers, let body):
        var text = "HTTP/1.1 \(status) X\r\n"
        if !headers.contains(where: { $0.0.lowercased() == "content-length" }) {
          text += "Content-Length: \(body.count)\r\n"
        }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        send(Array((text + "\r\n").utf8) + body, context)
      case .raw(let bytes): send(bytes, context)
      case .trickle(let head, let milliseconds):
        send(head, context)
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleRepeatedTask(
          initialDelay: .milliseconds(milliseconds), delay: .milliseconds(milliseconds)
        ) { task in
          let context = loopBound.value
          guard context.channel.isActive else { return task.cancel() }
          context.writeAndFlush(NIOAny(ByteBuffer(bytes: [UInt8(ascii: "x")])), promise: nil)
        }
      case .cut(let part, let declared):
        send(Array("HTTP/1.1 200 X\r\nContent-Length: \(declared)\r\n\r\n".utf8) + part, context)
        context.close(promise: nil)
      }
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
      context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
    }
  }
}

/// An image for a stub to serve: one layer, configuration, manifest.
struct StubImage: Sendable {
  var layer: [UInt8]
  var configuration: [UInt8]
  var manifest: [UInt8]

  static func digest(_ bytes: [UInt8]) -> String {
    "sha256:" + Hex.encode(Array(SHA256.hash(data: bytes)))
  }

  init(layer: [UInt8] = tar { $0.file("f", "content") }, diffID: String? = nil, mediaType: MediaType = .layer)
  {
    self.layer = layer
    configuration = Array(
      """
      {"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["\(diffID ?? Self.digest(layer))"]}}
      """.utf8)
    manifest = Array(
      """
      {"schemaVersion":2,"mediaType":"\(MediaType.manifest)","config":{"mediaType":"\(MediaType.configuration)",\
      "digest":"\(Self.digest(configuration))","size":\(configuration.count)},"layers":[{"mediaType":"\(mediaType)",\
      "digest":"\(Self.digest(layer))","size":\(layer.count),"urls":["http://127.0.0.1:1/stolen"]}]}
      """.utf8)
  }

  /// What an honest registry answers.
  func reply(_ request: StubRegistry.Request) -> StubRegistry.Reply {
    if request.target.contains("/manifests/") {
      return .answer(200, [("Content-Type", MediaType.manifest.rawValue)], manifest)
    }
    for blob in [configuration, layer] where request.target.hasSuffix("/blobs/" + Self.digest(blob)) {
      if let range = request.headers.first(name: "range"),
        let start = Int(range.dropFirst("bytes=".count).dropLast()), start < blob.count
      {
        return .answer(
          206, [("Content-Range", "bytes \(start)-\(blob.count - 1)/\(blob.count)")], Array(blob[start...]))
      }
      return .answer(200, [], blob)
    }
    return .answer(404, [], Array("{\"errors\":[{\"message\":\"unknown\"}]}".utf8))
  }
}

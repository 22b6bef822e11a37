import NIOCore
import NIOHTTP1

/// Closes a connection whose client keeps us waiting: for a request, for more of one, or for room to send. It does not
/// count while the client waits for us.
final class SlowClientGuard: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  /// Of the asynchronous channel, whose parts must be sendable.
  typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
  typealias OutboundOut = HTTPServerResponsePart

  private enum Waiting {
    /// For a complete head: whoever sends one byte a minute does not get there.
    case forRequest
    case forBody
    /// For the rest of a body that was refused, since then: its bytes win no time.
    case forRest(since: NIODeadline)
    case forNothing
  }

  private let patience: TimeAmount
  private var waiting = Waiting.forRequest
  private var hasAskedForMore = false
  private var writes = 0
  private var pace: BodyPace
  private var since = NIODeadline.now()
  private var check: RepeatedTask?

  init(patience: TimeAmount) {
    self.patience = patience
    pace = BodyPace(patience: patience.nanoseconds)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let interval = TimeAmount.nanoseconds(max(patience.nanoseconds / 4, 1))
    check = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
      let (handler, context) = bound.value
      handler.look(context)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    check?.cancel()
  }

  private func look(_ context: ChannelHandlerContext) {
    let time = NIODeadline.now() - since
    let isLate =
      switch waiting {
      case .forRequest: time > patience
      case .forRest(let start): NIODeadline.now() - start > patience
      case .forBody: hasAskedForMore && (time > patience || pace.isTooSlow(after: time.nanoseconds))
      case .forNothing: writes > 0 && time > patience
      }
    if isLate { context.close(promise: nil) }
  }

  func read(context: ChannelHandlerContext) {
    if !hasAskedForMore, case .forBody = waiting { since = .now() }
    hasAskedForMore = true
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      waiting = .forBody
      pace = BodyPace(patience: patience.nanoseconds)
    case .body(let buffer):
      let time = hasAskedForMore ? (NIODeadline.now() - since).nanoseconds : 0
      if case .forBody = waiting, !pace.came(buffer.readableBytes, after: time) {
        context.close(promise: nil)
        return
      }
    case .end:
      if case .forRest = waiting { waiting = .forRequest } else { waiting = .forNothing }
    }
    since = .now()
    hasAskedForMore = false
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if writes == 0 { since = .now() }
    writes += 1
    let part: HTTPServerResponsePart
    switch unwrapOutboundIn(data) {
    case .head(let head): part = .head(head)
    case .body(let buffer): part = .body(.byteBuffer(buffer))
    case .end(let trailers):
      if case .forBody = waiting { waiting = .forRest(since: .now()) } else { waiting = .forRequest }
      part = .end(trailers)
    }
    let written = promise ?? context.eventLoop.makePromise(of: Void.self)
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    written.futureResult.whenComplete { _ in
      bound.value.writes -= 1
      bound.value.since = .now()
    }
    context.write(wrapOutboundOut(part), promise: written)
  }
}

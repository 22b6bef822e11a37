import NIOCore
import WherryModel
import WherryRPC

/// Gives a driver what a channel receives. It knows nothing of frames.
final class RPCChannelHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let driver: ConnectionDriver
  private var reason = WherryError(.unavailable, "the connection was closed by the peer")

  init(driver: ConnectionDriver) {
    self.driver = driver
  }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { driver.connected() }
  }

  func channelActive(context: ChannelHandlerContext) {
    driver.connected()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    driver.bytesReceived(unwrapInboundIn(data).readableBytesView)
  }

  func channelInactive(context: ChannelHandlerContext) {
    driver.transportClosed(reason)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // What comes before the messages may know what its error means; uncleanly closed TLS is closed.
    reason = error as? WherryError ?? WherryError(.unavailable, "the connection failed: \(error)")
    context.close(promise: nil)
  }
}

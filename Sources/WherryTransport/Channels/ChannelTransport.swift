import NIOCore
import Synchronization
import WherryRPC

/// Takes a driver's output to a channel, on the channel's event loop.
final class ChannelTransport: ByteTransport {
  private let channel: any Channel
  private let isScheduled = Mutex(false)
  private let driver = Mutex(DriverSlot())

  /// How long a peer may take to read our last words.
  private static let closeTimeout = TimeAmount.seconds(5)

  private struct DriverSlot {
    weak var driver: ConnectionDriver?
  }

  init(channel: any Channel) {
    self.channel = channel
  }

  func attach(_ driver: ConnectionDriver) {
    self.driver.withLock { $0.driver = driver }
  }

  /// Many frames that are ready before the event loop gets to it are written at once.
  func outputReady() {
    let isFirst = isScheduled.withLock { isScheduled in
      defer { isScheduled = true }
      return !isScheduled
    }
    if isFirst { channel.eventLoop.execute { self.write() } }
  }

  private func write() {
    isScheduled.withLock { $0 = false }
    guard let driver = driver.withLock({ $0.driver }) else { return }
    let output = driver.takeOutput()
    if !output.bytes.isEmpty {
      let count = output.bytes.count
      let written = channel.writeAndFlush(channel.allocator.buffer(bytes: output.bytes))
      written.whenComplete { _ in driver.outputWritten(count) }
      if output.isLast { written.whenComplete { _ in self.channel.close(promise: nil) } }
    } else if output.isLast {
      channel.close(promise: nil)
    }
    if output.isLast {
      let timeout = channel.eventLoop.scheduleTask(in: Self.closeTimeout) { self.channel.close(promise: nil) }
      // Or the channel and its buffers would stay until then.
      channel.closeFuture.whenComplete { _ in timeout.cancel() }
    }
  }
}

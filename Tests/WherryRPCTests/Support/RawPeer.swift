import Synchronization
import WherryModel
import WherryRPC

/// A peer made of bytes, across from a real driver: it sends what a test tells it to and keeps what it gets.
final class RawPeer: ByteTransport {
  private struct State {
    var driver: ConnectionDriver?
    var received: [UInt8] = []
    var isClosed = false
    var reads = true
  }

  private let state = Mutex(State())
  let time = ManualTime()

  init(service: Service = .none, settings: ConnectionSettings = Bench.settings) {
    let driver = ConnectionDriver(
      side: .acceptor, settings: settings, peer: Peer(role: .admin, description: "raw"), service: service,
      transport: self, time: time)
    state.withLock { $0.driver = driver }
    driver.connected()
  }

  var driver: ConnectionDriver? { state.withLock { $0.driver } }
  var isClosed: Bool { state.withLock { $0.isClosed } }
  /// What the driver has sent, as text.
  var received: String { Describe.frames(state.withLock { $0.received }) }

  func outputReady() {
    guard let driver, state.withLock({ $0.reads }) else { return }
    let output = driver.takeOutput()
    state.withLock { state in
      state.received += output.bytes
      if output.isLast { state.isClosed = true }
    }
    driver.outputWritten(output.bytes.count)
    if output.isLast { disconnect() }
  }

  /// From now on the peer takes nothing off the connection.
  func stopReading() { state.withLock { $0.reads = false } }

  func send(_ bytes: [UInt8]) { driver?.bytesReceived(bytes) }
  func send(_ message: Message) { send(message.framed()) }

  func disconnect() {
    let driver = state.withLock { state in
      defer { state.driver = nil }
      return state.driver
    }
    driver?.transportClosed("the test hung up")
  }
}

import Synchronization
import WherryModel

/// Two connected drivers in one process, without a socket. The bytes are those of any other transport.
package enum InProcessTransport {
  /// One side of a pair.
  package struct Endpoint: Sendable {
    package var settings: ConnectionSettings
    /// Who this endpoint takes the other for.
    package var peer: Peer
    package var service: Service
    package var observer: ServiceObserver

    package init(
      settings: ConnectionSettings = ConnectionSettings(),
      peer: Peer = Peer(role: .admin, description: "this process"),
      service: Service = .none, observer: ServiceObserver = ServiceObserver()
    ) {
      self.settings = settings
      self.peer = peer
      self.service = service
      self.observer = observer
    }
  }

  package static func connect(
    dialler: Endpoint = Endpoint(), acceptor: Endpoint, time: any TimeSource = SystemTime()
  ) -> (dialler: ConnectionDriver, acceptor: ConnectionDriver) {
    let pipe = InProcessPipe()
    func driver(_ side: ConnectionSide, _ endpoint: Endpoint) -> ConnectionDriver {
      ConnectionDriver(
        side: side, settings: endpoint.settings, peer: endpoint.peer, service: endpoint.service,
        observer: endpoint.observer, transport: pipe, time: time)
    }
    let pair = (dialler: driver(.dialler, dialler), acceptor: driver(.acceptor, acceptor))
    pipe.join(pair.dialler, pair.acceptor)
    pair.dialler.connected()
    pair.acceptor.connected()
    return pair
  }
}

/// Carries bytes both ways until there are no more. Whoever finds it at rest does the carrying; who
/// comes meanwhile leaves a note. So bytes arrive in order and nothing recurses.
final class InProcessPipe: ByteTransport {
  private struct State {
    var ends: (ConnectionDriver, ConnectionDriver)?
    var isCarrying = false
    var isNoted = false
  }

  private let state = Mutex(State())

  func join(_ one: ConnectionDriver, _ other: ConnectionDriver) {
    state.withLock { $0.ends = (one, other) }
  }

  func outputReady() {
    guard var ends = begin() else { return }
    while true {
      let isOver = carry(from: ends.0, to: ends.1) || carry(from: ends.1, to: ends.0)
      if isOver { return close(ends) }
      guard let more = goOn() else { return }
      ends = more
    }
  }

  private func begin() -> (ConnectionDriver, ConnectionDriver)? {
    state.withLock { state in
      guard let ends = state.ends else { return nil }
      if state.isCarrying {
        state.isNoted = true
        return nil
      }
      state.isCarrying = true
      return ends
    }
  }

  private func goOn() -> (ConnectionDriver, ConnectionDriver)? {
    state.withLock { state in
      guard let ends = state.ends, state.isNoted else {
        state.isCarrying = false
        return nil
      }
      state.isNoted = false
      return ends
    }
  }

  private func close(_ ends: (ConnectionDriver, ConnectionDriver)) {
    state.withLock { $0 = State() }
    ends.0.transportClosed("the other side closed")
    ends.1.transportClosed("the other side closed")
  }

  /// Whether that was the last.
  private func carry(from sender: ConnectionDriver, to receiver: ConnectionDriver) -> Bool {
    let output = sender.takeOutput()
    if !output.bytes.isEmpty {
      receiver.bytesReceived(output.bytes)
      sender.outputWritten(output.bytes.count)
    }
    return output.isLast
  }
}

import Synchronization
package import WherryModel

/// What the transport does.
extension ConnectionDriver {
  /// The transport is ready: say hello.
  package func connected() {
    react { core, _, actions in actions = core.machine.connected() }
  }

  package func bytesReceived(_ bytes: some Collection<UInt8>) {
    react { core, now, actions in
      // Our last words may take time to leave. A peer that goes on meanwhile must not fill memory.
      if core.machine.isClosed { return }
      core.decoder.append(bytes)
      do throws(FrameError) {
        while !core.machine.isClosed, let frame = try core.decoder.next() {
          core.tap?.see(.received, frame)
          for action in core.machine.frameReceived(frame, now: now) {
            // The limit holds for the very next frame.
            if case .raiseFrameLimit(let limit) = action { core.decoder.limit = limit }
            actions.append(action)
          }
        }
      } catch {
        actions += core.machine.framingFailed(error)
      }
    }
  }

  /// No more bytes come, and none can be sent.
  package func transportClosed(_ reason: String) {
    transportClosed(WherryError(.unavailable, reason))
  }

  /// The same, where it is known that it would end so again: the code is kept for calls that were not made.
  package func transportClosed(_ error: WherryError) {
    react { core, _, actions in
      core.isTransportClosed = true
      core.outbox = []
      actions = core.machine.transportClosed(error)
    }
    closed.resolveAll()
  }

  /// Everything queued, in order. The transport writes it before it takes more.
  package func takeOutput() -> TransportOutput {
    core.withLock { core in
      let bytes = core.outbox
      core.outbox = []
      core.unwritten += bytes.count
      return TransportOutput(bytes: bytes, isLast: core.closing != nil)
    }
  }

  package func outputWritten(_ count: Int) {
    let waiters: [OneShot<Void>] = core.withLock { core in
      core.unwritten -= min(count, core.unwritten)
      guard core.hasRoom else { return [] }
      defer { core.roomWaiters = [] }
      return core.roomWaiters
    }
    for waiter in waiters { waiter.resolve(.success(())) }
  }
}

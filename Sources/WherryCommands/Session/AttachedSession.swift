import Glibc
import WherryLinux
import WherryModel
import WherryRPC
import WherryWire

/// A process in the foreground: its streams are ours, signals we get are for it.
struct AttachedSession: Sendable {
  /// Where a signal for the process goes: for a container's first process a call of its own, which
  /// never waits behind input that is not read; for an exec the session.
  enum SignalRoute: Sendable {
    case kill(WherryCalls)
    case session
  }

  var interactive: Bool
  var forwardsSignals: Bool
  var route: SignalRoute
  var console: Console
  var progress: PullPrinter
  /// Where the process has a terminal: ours.
  var terminal: UserTerminal?
  var streams = AttachedStreams()
  /// Told the ID once it runs.
  var started: @Sendable (String) throws -> Void = { _ in }

  /// Returns the process's exit code.
  func run<Success: Sendable>(
    _ call: Call<SessionInput, SessionOutput, Success>, exitCode: (Success) -> UInt64?
  ) async throws -> Int32 {
    let signals = try SignalPipe(
      terminal == nil ? (forwardsSignals ? SignalPipe.forwarded : []) : SignalPipe.atTerminal)
    let progressOfSession = Started()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      var raw: RawTerminal?
      defer {
        group.cancelAll()
        raw?.restore()
      }
      group.addTask { await watch(signals, call, progressOfSession) }
      if !interactive, terminal == nil { call.end() }
      let writer = OutputWriter()
      do {
        for try await output in call.output {
          if let id = output.started {
            progress.finish()
            progressOfSession.set(id)
            try started(id)
            raw = terminal?.enterRawMode()
            if terminal != nil { await sendSize(call) }
            if interactive { group.addTask { await pump(call, progressOfSession) } }
          }
          for warning in output.warnings ?? [] { console.warn(warning) }
          if let update = output.progress { progress.update(update) }
          if let bytes = output.stdout, streams.stdout { try await writer.stdout(bytes) }
          if let bytes = output.stderr, streams.stderr { try await writer.stderr(bytes) }
        }
        return ExitCodes.process(exitCode(try await call.result()))
      } catch {
        progress.finish()
        raw?.restore()
        if let number = progressOfSession.interrupted { return 128 + number }
        if progressOfSession.hasDetached {
          console.note("read escape sequence")
          return 0
        }
        throw error
      }
    }
  }

  private func pump<Success>(
    _ call: Call<SessionInput, SessionOutput, Success>, _ state: Started
  ) async {
    var keys = terminal?.detachKeys
    do {
      let input = try InputReader.standardInput()
      while let bytes = try await input.next() {
        switch keys?.typed(bytes) ?? .pass(bytes) {
        case .pass(let bytes):
          if !bytes.isEmpty { try await call.send(SessionInput(stdin: bytes)) }
        case .detach(let bytes):
          if !bytes.isEmpty { try await call.send(SessionInput(stdin: bytes)) }
          state.detach()
          call.cancel()
          return
        }
      }
      // A terminal has no end but the key for it, which was passed on.
      if terminal == nil { call.end() }
    } catch is CancellationError {
      return
    } catch let error as WherryError where error.code == .unavailable || error.code == .cancelled {
      // The call is over; its result is what counts.
      return
    } catch {
      // Standard input that cannot be read has ended.
      call.end()
    }
  }

  private func watch<Success>(
    _ signals: SignalPipe, _ call: Call<SessionInput, SessionOutput, Success>, _ state: Started
  ) async {
    do {
      while true {
        for number in try await signals.next() {
          if number == SIGWINCH {
            await sendSize(call)
          } else if let id = state.id, terminal == nil {
            await send(Signal.name(number), id, call)
          } else {
            // Nothing runs yet, and it is the pull or the start that shall end; or the terminal has gone.
            state.interrupt(number)
            call.cancel()
            return
          }
        }
      }
    } catch {
      return
    }
  }

  /// A size that comes too late matters to nobody.
  private func sendSize<Success>(_ call: Call<SessionInput, SessionOutput, Success>) async {
    guard let window = terminal?.window else { return }
    do {
      try await call.send(SessionInput(window: window))
    } catch {
      return
    }
  }

  /// A signal that comes too late is none.
  private func send<Success>(
    _ name: String, _ id: String, _ call: Call<SessionInput, SessionOutput, Success>
  ) async {
    do {
      switch route {
      case .session:
        try await call.send(SessionInput(signal: name))
      case .kill(let client):
        let params = ContainerKillParams(container: id, signal: name)
        _ = try await client.containerKill(params)
      }
    } catch {
      return
    }
  }
}

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

  /// Returns the process's exit code.
  func run<Success: Sendable>(
    _ call: Call<SessionInput, SessionOutput, Success>, exitCode: (Success) -> UInt64?
  ) async throws -> Int32 {
    let signals = forwardsSignals ? try SignalPipe() : nil
    let started = Started()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      defer { group.cancelAll() }
      if let signals { group.addTask { await forward(signals, call, started) } }
      if !interactive { call.end() }
      let writer = OutputWriter()
      do {
        for try await output in call.output {
          if let id = output.started {
            progress.finish()
            started.set(id)
            if interactive { group.addTask { await pump(call) } }
          }
          for warning in output.warnings ?? [] { console.warn(warning) }
          if let update = output.progress { progress.update(update) }
          if let bytes = output.stdout { try await writer.stdout(bytes) }
          if let bytes = output.stderr { try await writer.stderr(bytes) }
        }
        return ExitCodes.process(exitCode(try await call.result()))
      } catch {
        progress.finish()
        if let number = started.interrupted { return 128 + number }
        throw error
      }
    }
  }

  private func pump<Success>(_ call: Call<SessionInput, SessionOutput, Success>) async {
    do {
      let input = try InputReader.standardInput()
      while let bytes = try await input.next() { try await call.send(SessionInput(stdin: bytes)) }
      call.end()
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

  private func forward<Success>(
    _ signals: SignalPipe, _ call: Call<SessionInput, SessionOutput, Success>, _ started: Started
  ) async {
    do {
      while true {
        for number in try await signals.next() {
          guard let id = started.id else {
            // Nothing runs yet: it is the pull or the start that shall end.
            started.interrupt(number)
            call.cancel()
            return
          }
          await send(Signal.name(number), id, call)
        }
      }
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

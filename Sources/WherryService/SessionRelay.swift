import WherryEngine
import WherryRPC
import WherryWire

/// Carries an attached session between the process and the client, with back-pressure both ways.
struct SessionRelay {
  let session: any AttachedSession
  let takesInput: Bool

  /// Returns when the process has ended and all it wrote is delivered. When the client goes away the streams are let
  /// go: a container goes on, an exec ends.
  func run(
    input: ItemSource<SessionInput>, output: ItemSink<SessionOutput>, started: String
  ) async throws -> Exit {
    do {
      try await output.send(SessionOutput(started: started))
      return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await self.carryInput(input) }
        for try await chunk in session.output {
          switch chunk {
          case .stdout(let bytes): try await output.send(SessionOutput(stdout: bytes))
          case .stderr(let bytes): try await output.send(SessionOutput(stderr: bytes))
          }
        }
        // A cancelled task sees a stream end, not fail.
        try Task.checkCancellation()
        let exit = try await session.exit()
        group.cancelAll()
        return exit
      }
    } catch {
      await session.detach()
      throw error
    }
  }

  /// Ends with the client's input. A process that no longer reads loses its input, not its session.
  private func carryInput(_ input: ItemSource<SessionInput>) async {
    var isOpen = takesInput
    do {
      for try await item in input {
        if let signal = item.signal, let number = Containers.signalNumber(signal) {
          await ignoringFailure { try await session.signal(number) }
        }
        if let window = item.window, let rows = Int(exactly: window.rows),
          let columns = Int(exactly: window.columns),
          (1...0xffff).contains(rows), (1...0xffff).contains(columns)
        {
          await ignoringFailure { try await session.resize(rows: rows, columns: columns) }
        }
        if isOpen, let bytes = item.stdin, !bytes.isEmpty {
          isOpen = await ignoringFailure { try await session.writeInput(bytes) }
        }
      }
    } catch {
      // The call has ended; whoever reads the output hears of it.
    }
    if takesInput, !Task.isCancelled { await ignoringFailure { try await session.closeInput() } }
  }

  /// Whether it went well. The process may have ended meanwhile, which its exit tells.
  @discardableResult
  private func ignoringFailure(_ body: () async throws -> Void) async -> Bool {
    do {
      try await body()
      return true
    } catch {
      return false
    }
  }
}

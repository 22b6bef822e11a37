package import WherryWire

/// Runs checks beside each other and tells what they found in their order. None holds up the others for longer than the
/// limit.
package struct DoctorRun: Sendable {
  package struct Item: Sendable {
    package var check: DoctorCheck
    let find: @Sendable (Duration) async -> [DoctorFinding]?

    /// `body` blocks, and may hang: it gets a thread of its own.
    package init(_ check: DoctorCheck, blocking body: @escaping @Sendable () throws -> [DoctorFinding]) {
      self.check = check
      find = { limit in
        await OwnThread.run(limit: limit) { () -> [DoctorFinding] in
          do { return try body() } catch { return [.unknown(check, failing: error)] }
        }
      }
    }

    /// `body` ends soon after it is cancelled.
    package init(_ check: DoctorCheck, waiting body: @escaping @Sendable () async throws -> [DoctorFinding]) {
      self.check = check
      find = { limit in
        await withTaskGroup(of: [DoctorFinding]?.self) { group -> [DoctorFinding]? in
          group.addTask {
            do { return try await body() } catch { return [.unknown(check, failing: error)] }
          }
          group.addTask {
            do { try await Task.sleep(for: limit) } catch {}
            return nil
          }
          let first = await group.next() ?? nil
          group.cancelAll()
          return first
        }
      }
    }
  }

  package struct Tally: Sendable, Equatable {
    package var warnings: UInt64 = 0
    package var faults: UInt64 = 0

    package init() {}

    package mutating func count(_ finding: DoctorFinding) {
      if finding.state == .warning { warnings += 1 }
      if finding.state == .fault { faults += 1 }
    }
  }

  package var limit: Duration

  package init(limit: Duration = .seconds(10)) {
    self.limit = limit
  }

  @discardableResult
  package func run(
    _ items: [Item], tell: (DoctorFinding) async throws -> Void
  ) async throws -> Tally {
    try await withThrowingTaskGroup(of: (Int, [DoctorFinding]).self) { group in
      for (position, item) in items.enumerated() {
        group.addTask { [limit] in
          (position, await item.find(limit) ?? [Self.hung(item.check, limit)])
        }
      }
      var tally = Tally()
      var early: [Int: [DoctorFinding]] = [:]
      var next = 0
      for try await (position, findings) in group {
        early[position] = findings
        while let findings = early.removeValue(forKey: next) {
          for finding in findings {
            tally.count(finding)
            try await tell(finding)
          }
          next += 1
        }
      }
      return tally
    }
  }

  private static func hung(_ check: DoctorCheck, _ limit: Duration) -> DoctorFinding {
    .fault(
      check, "the check did not come back within \(limit.components.seconds) s",
      "something it asks hangs: dmesg tells of disks, ps of processes in state D")
  }
}

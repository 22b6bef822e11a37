package import WherryEngine
import WherryLinux
package import WherryModel
package import WherryStore

/// What both supervisors know of a container through its first process.
package protocol ProcessSupervisor: Supervisor {
  var run: RunDirectory { get }
}

extension ProcessSupervisor {
  package func isReady(_ id: ContainerID) async throws -> Bool {
    try WherryError.converting("container \(id.short)") { () throws(SystemError) in
      try Files.exists(ContainerFiles(run: run, id: id).ready)
    }
  }

  package func setReady(_ id: ContainerID) async throws {
    try WherryError.converting("container \(id.short)") { () throws(SystemError) in
      try Files.write(ContainerFiles(run: run, id: id).ready, [])
    }
  }

  package func isPaused(_ id: ContainerID, pid: Int32) async throws -> Bool {
    do {
      return try ControlGroup.ofProcess(pid, "container \(id.short)").isFrozen
    } catch {
      // It has ended just now.
      if try !Files.exists("/proc/\(pid)") { return false }
      throw error
    }
  }

  package func usage(_ id: ContainerID) async throws -> ResourceUsage {
    let pid = try await firstProcess(id)
    return try WherryError.converting("container \(id.short)") { () throws(SystemError) in
      let text = try Files.readText("/proc/\(pid)/cgroup", maximum: 64 << 10)
      var usage = try ControlGroup(text, mounted: try ControlGroup.mounted).usage(
        deviceMemory: Host.current().memory)
      if let network = try NetworkUsage.ofProcess(pid) {
        (usage.received, usage.sent) = (network.received, network.sent)
      }
      return usage
    }
  }

  package func wear(_ id: ContainerID) async throws -> WearLedger.Event? {
    guard case .running(let pid, _, _) = try await observe(id) else { return nil }
    return try WherryError.converting("container \(id.short)") {
      () throws(SystemError) -> WearLedger.Event? in
      // Nil where it has ended just now.
      guard let text = try Files.readIfPresent("/proc/\(pid)/cgroup", maximum: 64 << 10) else { return nil }
      return try ControlGroup(String(decoding: text, as: UTF8.self), mounted: try ControlGroup.mounted).wear()
    }
  }

  package func processes(_ id: ContainerID) async throws -> [ProcessEntry] {
    let pid = try await firstProcess(id)
    return try WherryError.converting("container \(id.short)") { () throws(SystemError) in
      try ProcessTable.below(pid)
    }
  }

  private func firstProcess(_ id: ContainerID) async throws -> Int32 {
    guard case .running(let pid, _, _) = try await observe(id) else {
      throw WherryError(.failedPrecondition, "container \(id.short) is not running")
    }
    return pid
  }
}

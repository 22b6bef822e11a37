import WherryEngine
import WherryLinux
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func containerPause(
    _ params: ContainerPauseParams, context: CallContext
  ) async throws -> ContainerPauseResult {
    try await serve(context, params.container) {
      try await engine.containers.pause(params.container)
      return ContainerPauseResult()
    }
  }

  package func containerUnpause(
    _ params: ContainerUnpauseParams, context: CallContext
  ) async throws -> ContainerUnpauseResult {
    try await serve(context, params.container) {
      try await engine.containers.unpause(params.container)
      return ContainerUnpauseResult()
    }
  }

  package func containerRename(
    _ params: ContainerRenameParams, context: CallContext
  ) async throws -> ContainerRenameResult {
    try await serve(context, params.container) {
      try await engine.containers.rename(params.container, to: params.name)
      return ContainerRenameResult()
    }
  }

  package func containerUpdate(
    _ params: ContainerUpdateParams, context: CallContext
  ) async throws -> ContainerUpdateResult {
    try await serve(context, params.container) {
      try await engine.containers.update(
        params.container, resources: params.resources, restart: params.restart)
      return ContainerUpdateResult()
    }
  }

  package func containerPrune(
    _ params: ContainerPruneParams, context: CallContext
  ) async throws -> ContainerPruneResult {
    try await serve(context, "containers that are down") {
      let pruned = try await engine.containers.prune(
        filters: params.filters ?? [:], dryRun: params.dryRun ?? false)
      return ContainerPruneResult(deleted: pruned.ids, reclaimed: pruned.reclaimed)
    }
  }

  package func containerTop(
    _ params: ContainerTopParams, context: CallContext
  ) async throws -> ContainerTopResult {
    try await serve(context, params.container) {
      let processes = try await engine.containers.processes(params.container)
      return ContainerTopResult(processes: processes.map(\.wire))
    }
  }

  package func containerStats(
    _ params: ContainerStatsParams, output: ItemSink<ContainerSample>, context: CallContext
  ) async throws -> ContainerStatsResult {
    let names = params.containers ?? []
    return try await serve(context, names.joined(separator: " ")) {
      var left = params.samples
      while left != 0 {
        let samples = try await engine.containers.usage(of: names)
        try await output.send(ContainerSample(time: .now(), containers: samples.map(\.wire)))
        left = left.map { $0 - 1 }
        if left != 0 { try await Task.sleep(for: .seconds(1)) }
      }
      return ContainerStatsResult()
    }
  }
}

extension ProcessEntry {
  fileprivate var wire: ContainerProcess {
    ContainerProcess(
      pid: UInt64(clamping: pid), parent: UInt64(clamping: parent), uid: UInt64(uid), startedAt: startedAt,
      processorTime: processorTime, terminal: terminal, command: command, user: user)
  }
}

extension Containers.Sample {
  fileprivate var wire: ContainerUsage {
    ContainerUsage(
      id: id.rawValue, name: name, processorTime: usage.processorTime, memory: usage.memory,
      memoryLimit: usage.memoryLimit, received: usage.received, sent: usage.sent, read: usage.read,
      written: usage.written, processes: usage.processes)
  }
}

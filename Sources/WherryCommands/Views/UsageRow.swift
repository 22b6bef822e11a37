import WherryModel
import WherryWire

/// A line of `stats`, with Docker's names for its columns.
struct UsageRow {
  static let standard =
    "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}"

  static let headers: Value = [
    "BlockIO": "BLOCK I/O", "CPUPerc": "CPU %", "Container": "CONTAINER", "ID": "CONTAINER ID",
    "MemPerc": "MEM %", "MemUsage": "MEM USAGE / LIMIT", "Name": "NAME", "NetIO": "NET I/O", "PIDs": "PIDS",
  ]

  var usage: ContainerUsage
  var time: Timestamp
  /// The sample before.
  var before: (usage: ContainerUsage, time: Timestamp)?
  var truncates = true
  var terminal = false

  var value: Value {
    let name = Sanitise.metadata(usage.name, terminal: terminal)
    let id = truncates ? String(usage.id.prefix(12)) : usage.id
    return [
      "BlockIO": .string(pair(usage.read, usage.written)), "CPUPerc": .string(percent(processor)),
      "Container": .string(id), "ID": .string(id), "MemPerc": .string(percent(memory)),
      "MemUsage": .string("\(binary(usage.memory)) / \(binary(usage.memoryLimit))"), "Name": .string(name),
      "NetIO": .string(pair(usage.received, usage.sent)),
      "PIDs": .string(usage.processes.map(String.init) ?? "--"),
    ]
  }

  /// Of one CPU: two that are busy are 200.
  private var processor: Double? {
    guard let before, let now = usage.processorTime, let then = before.usage.processorTime, now >= then,
      time > before.time
    else { return nil }
    return Double(now - then) / Double(time.nanoseconds - before.time.nanoseconds) * 100
  }

  private var memory: Double? {
    guard let used = usage.memory, let limit = usage.memoryLimit, limit > 0 else { return nil }
    return Double(used) / Double(limit) * 100
  }

  private func percent(_ value: Double?) -> String { value.map { Human.fixed($0, 2) + "%" } ?? "--" }
  private func binary(_ bytes: UInt64?) -> String { bytes.map(Human.binarySize) ?? "--" }

  private func pair(_ first: UInt64?, _ second: UInt64?) -> String {
    "\(first.map { Human.size($0, digits: 3) } ?? "--") / \(second.map { Human.size($0, digits: 3) } ?? "--")"
  }
}

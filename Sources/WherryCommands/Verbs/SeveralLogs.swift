import Glibc
import Synchronization
import WherryModel
import WherryRPC
import WherryWire

/// `logs` of several containers: each line behind its container's name, as Compose shows them. By time, or as they
/// come while following.
struct SeveralLogs: Sendable {
  let client: WherryCalls
  let names: [String]
  let params: [ContainerLogsParams]
  let verb: LogsVerb

  func show() async throws {
    let width = names.map(\.count).max() ?? 0
    let writers = names.map { name in
      LineJoiner(prefix: name + String(repeating: " ", count: width - name.count) + " | ", verb: verb)
    }
    if verb.follow { try await follow(writers) } else { try await merge(writers) }
  }

  private func merge(_ writers: [LineJoiner]) async throws {
    var calls: [Call<NoInput, LogEntry, ContainerLogsResult>] = []
    var sources: [ItemSource<LogEntry>.AsyncIterator] = []
    var heads: [LogEntry?] = []
    for params in params {
      let call = try await client.containerLogs(params)
      calls.append(call)
      sources.append(call.output.makeAsyncIterator())
    }
    for index in sources.indices { heads.append(try await sources[index].next()) }
    var current: Int?
    while true {
      // The parts of a line stay together.
      if current == nil {
        current = heads.indices.filter { heads[$0] != nil }.min {
          (heads[$0]?.time ?? Timestamp(nanoseconds: .max))
            < (heads[$1]?.time ?? Timestamp(nanoseconds: .max))
        }
      }
      guard let index = current else { break }
      guard let entry = heads[index] else {
        current = nil
        continue
      }
      try writers[index].write(entry)
      if entry.data.last == UInt8(ascii: "\n") { current = nil }
      heads[index] = try await sources[index].next()
    }
    for writer in writers { try writer.finish() }
    for call in calls { _ = try await call.result() }
  }

  private func follow(_ writers: [LineJoiner]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (writer, params) in zip(writers, params) {
        group.addTask {
          let call = try await client.containerLogs(params)
          for try await entry in call.output { try writer.write(entry) }
          try writer.finish()
          _ = try await call.result()
        }
      }
      try await group.waitForAll()
    }
  }
}

/// Holds the parts of a line back until it is whole, or large: lines of several containers must not mix.
private final class LineJoiner: Sendable {
  private static let maximum = 64 << 10

  private struct State: Sendable {
    var stdout: LogWriter
    var stderr: LogWriter
    var waiting: [OutputStream: LogEntry] = [:]
  }

  private let state: Mutex<State>

  init(prefix: String, verb: LogsVerb) {
    state = Mutex(
      State(
        stdout: verb.writer(STDOUT_FILENO, prefix: prefix), stderr: verb.writer(STDERR_FILENO, prefix: prefix)
      ))
  }

  func write(_ entry: LogEntry) throws(ConsoleError) {
    try state.withLock { state throws(ConsoleError) in
      var entry = entry
      if var before = state.waiting.removeValue(forKey: entry.stream) {
        before.data += entry.data
        entry = before
      }
      guard entry.data.last == UInt8(ascii: "\n") || entry.data.count > Self.maximum else {
        state.waiting[entry.stream] = entry
        return
      }
      try Self.put(Self.ended(entry), &state)
    }
  }

  func finish() throws(ConsoleError) {
    try state.withLock { state throws(ConsoleError) in
      for entry in state.waiting.values { try Self.put(Self.ended(entry), &state) }
      state.waiting = [:]
      try state.stdout.finish()
      try state.stderr.finish()
    }
  }

  private static func ended(_ entry: LogEntry) -> LogEntry {
    var entry = entry
    if entry.data.last != UInt8(ascii: "\n") { entry.data.append(UInt8(ascii: "\n")) }
    return entry
  }

  private static func put(_ entry: LogEntry, _ state: inout State) throws(ConsoleError) {
    if entry.stream == .stderr { try state.stderr.write(entry) } else { try state.stdout.write(entry) }
  }
}

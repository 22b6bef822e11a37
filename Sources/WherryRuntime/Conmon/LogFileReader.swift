import Glibc
import Synchronization
import WherryEngine
import WherryLinux
import WherryModel

/// Reads a container's log file on demand: nothing is read ahead of its one consumer but a block.
final class LogFileReader: Sendable {
  private struct State {
    var file: FileDescriptorBox?
    var offset: Int64 = 0
    /// The last line, whose end has not been read.
    var partial: [UInt8] = []
    var ready: ArraySlice<LogLine> = []
    var ended = false
    var finished = false
  }

  private let path: String
  private let query: LogQuery
  /// Suspends until the container has ended.
  private let waitForEnd: @Sendable () async throws -> Void
  private let state = Mutex(State())

  private static let block = 64 << 10
  /// A line longer than this is delivered in parts; conmon's own lines are at most 8 KiB.
  private static let maximumLine = 1 << 20

  init(path: String, query: LogQuery, waitForEnd: @escaping @Sendable () async throws -> Void) {
    self.path = path
    self.query = query
    self.waitForEnd = waitForEnd
  }

  func next() async throws -> LogLine? {
    // Only where there is nothing to read: closing one waits for the kernel.
    var watch: FileWatch?
    while true {
      let (line, finished, ended) = try state.withLock { state in
        try step(&state)
      }
      if let line { return line }
      if finished { return nil }
      guard query.follow, !ended else {
        state.withLock { $0.finished = true }
        return nil
      }
      guard let made = watch else {
        // Then read once more: what was written meanwhile is seen by no watch.
        watch = try self.watch()
        if watch == nil { state.withLock { $0.finished = true } }
        continue
      }
      if try await waitForMore(made) { state.withLock { $0.ended = true } }
    }
  }

  private func watch() throws -> FileWatch? {
    guard try Files.exists(path) else { return nil }
    // conmon puts a new file in the place of one that is full.
    let folder = path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    return try FileWatch([path, folder], [.modified, .movedIn])
  }

  /// True when the container has ended: read what is left, then stop.
  private func waitForMore(_ watch: FileWatch) async throws -> Bool {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        let changes = watch.makeAsyncIterator()
        _ = try await changes.next()
        return false
      }
      group.addTask { [waitForEnd] in
        try await waitForEnd()
        return true
      }
      let ended = try await group.next() ?? true
      group.cancelAll()
      return ended
    }
  }

  /// The next line, after reading blocks until there is one or the file is at its end.
  private func step(_ state: inout State) throws -> (LogLine?, finished: Bool, ended: Bool) {
    if state.finished { return (nil, true, true) }
    if state.file == nil { try open(&state) }
    while true {
      while let line = state.ready.popFirst() {
        if let since = query.since, line.time < since { continue }
        if let until = query.until, line.time > until {
          state.finished = true
          return (nil, true, true)
        }
        return (line, false, state.ended)
      }
      guard let file = state.file else { return (nil, false, state.ended) }
      let bytes = try read(file, at: state.offset)
      if bytes.isEmpty {
        guard query.follow, try isReplaced(file) else { return (nil, false, state.ended) }
        (state.file, state.offset, state.partial) = (nil, 0, [])
        try open(&state, from: .start)
        continue
      }
      state.offset += Int64(bytes.count)
      take(bytes, &state)
    }
  }

  private func isReplaced(_ file: FileDescriptorBox) throws(SystemError) -> Bool {
    guard let now = try Files.statusIfPresent(path) else { return false }
    return try now.inode != file.file.status().inode
  }

  private enum Position {
    case start
    case asAsked
  }

  private func open(_ state: inout State, from position: Position = .asAsked) throws {
    guard try Files.exists(path) else { return }
    let file = try FileDescriptor.open(path, [.noFollow, .nonBlocking])
    guard try file.status().kind == .regular else {
      throw WherryError(.dataLoss, "log \(path) is not a regular file")
    }
    let size = Int64(clamping: try file.status().size)
    let box = FileDescriptorBox(file)
    state.file = box
    if position == .asAsked, let tail = query.tail { state.offset = try start(of: tail, in: box, size: size) }
  }

  private func take(_ bytes: [UInt8], _ state: inout State) {
    var lines: [LogLine] = []
    var rest = (state.partial + bytes)[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      if let line = LogLineParser.parse(rest[..<end]) { lines.append(line) }
      rest = rest[(end + 1)...]
    }
    state.partial = rest.count > Self.maximumLine ? [] : Array(rest)
    state.ready = lines[...]
  }

  private func read(_ file: FileDescriptorBox, at offset: Int64) throws(SystemError) -> [UInt8] {
    var count = 0
    let number = file.rawValue
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.block) { buffer, filled in
      count = pread(number, buffer.baseAddress, buffer.count, off_t(offset))
      filled = max(count, 0)
    }
    if count < 0 { throw .last("read", path) }
    return bytes
  }

  /// Where the last `lines` lines begin.
  private func start(of lines: UInt64, in file: FileDescriptorBox, size: Int64) throws(SystemError) -> Int64 {
    var remaining = lines
    var end = size
    while end > 0 {
      let begin = max(0, end - Int64(Self.block))
      let bytes = try read(file, at: begin).prefix(Int(end - begin))
      for index in bytes.indices.reversed() where bytes[index] == UInt8(ascii: "\n") {
        let position = begin + Int64(index)
        if position == size - 1 { continue }
        if remaining <= 1 { return lines == 0 ? size : position + 1 }
        remaining -= 1
      }
      if begin == 0 { return lines == 0 ? size : 0 }
      end = begin
    }
    return 0
  }
}

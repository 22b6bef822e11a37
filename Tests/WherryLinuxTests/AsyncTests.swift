import Glibc
import Testing
import WherryLinux

@Suite struct AsyncStreamTests {
  @Test func aWriterWaitsForItsReader() async throws {
    let ends = try Pipe().ends()
    let reader = try AsyncReader(FileDescriptor(owning: ends.reading))
    let writer = try AsyncWriter(FileDescriptor(owning: ends.writing))
    let written = Shared(false)
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
    let writing = Task {
      try await writer.write(bytes)
      written.withLock { $0 = true }
      writer.close()
    }
    var got = try await reader.read()
    #expect(!written.withLock { $0 })
    for try await chunk in reader { got += chunk }
    try await writing.value
    #expect(got == bytes)
    await #expect(throws: SystemError.self) { try await writer.write([1]) }
  }

  @Test func aReaderThatLeftIsAnErrorAndNoSignal() async throws {
    let ends = try Pipe().ends()
    close(ends.reading)
    let writer = try AsyncWriter(FileDescriptor(owning: ends.writing))
    let error = await #expect(throws: SystemError.self) { try await writer.write([1]) }
    #expect(error?.errno == EPIPE)
  }

  @Test func readingIsCancelledPromptly() async throws {
    let ends = try Pipe().ends()
    let held = FileDescriptorBox(FileDescriptor(owning: ends.writing))
    let reader = try AsyncReader(FileDescriptor(owning: ends.reading))
    let task = Task { try await reader.read() }
    await Task.yield()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    _ = try FileDescriptor.duplicating(held.rawValue).writeSome([42])
    #expect(try await reader.read() == [42], "nothing was lost")
  }

  @Test func regularFilesNeverWait() async throws {
    let scratch = try Scratch()
    try Files.write(scratch("f"), [1, 2, 3])
    let reader = try AsyncReader(try FileDescriptor.open(scratch("f")), shared: true)
    #expect(try await reader.read() == [1, 2, 3])
    #expect(try await reader.read().isEmpty)
  }

  @Test func aSharedStreamStaysBlockingForOthers() async throws {
    let pipe = try Pipe()
    let reader = try AsyncReader(try pipe.reading.duplicate(), shared: true)
    #expect(fcntl(pipe.reading.rawValue, F_GETFL) & O_NONBLOCK == 0)
    async let got = reader.read()
    try pipe.writing.write([7])
    #expect(try await got == [7])
  }

  @Test func hundredsWaitOnOneThreadEachForItsOwn() async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      var writers: [FileDescriptorBox] = []
      for number in 0..<200 {
        let ends = try Pipe().ends()
        let reader = try AsyncReader(FileDescriptor(owning: ends.reading))
        writers.append(FileDescriptorBox(FileDescriptor(owning: ends.writing)))
        group.addTask { try await reader.read() == [UInt8(number)] }
      }
      for (number, writer) in writers.enumerated().shuffled() {
        _ = try writer.file.writeSome([UInt8(number)])
      }
      for try await own in group { #expect(own) }
    }
  }

  @Test func changesOfAFolderAreSeen() async throws {
    let scratch = try Scratch()
    let watch = try FileWatch([scratch.path], [.created, .movedIn, .deleted])
    try Files.write(scratch("one"), [])
    try Files.rename(scratch("one"), to: scratch("two"))
    try Files.unlink(scratch("two"))
    let iterator = watch.makeAsyncIterator()
    var seen: [String] = []
    for _ in 0..<3 { seen.append(try #require(try await iterator.next()).name) }
    #expect(seen == ["one", "two", "two"])
    #expect(throws: SystemError.self) { try FileWatch([scratch("none")], [.modified]) }
  }

  /// A user may have 128 inotify instances.
  @Test func moreFilesAreWatchedThanThereMayBeInstances() async throws {
    let scratch = try Scratch()
    let watches = try (0..<400).map { _ in try FileWatch([scratch.path], [.created]) }
    let other = try FileWatch([scratch.path], [.deleted])
    try Files.write(scratch("one"), [])
    try Files.unlink(scratch("one"))
    for watch in watches {
      let event = try await watch.makeAsyncIterator().next()
      #expect(event?.name == "one" && event?.changes == .created && event?.path == scratch.path)
    }
    let event = try await other.makeAsyncIterator().next()
    #expect(event?.changes == .deleted)
  }

  @Test func aWatchThatIsNotReadSaysThatItOverflowed() async throws {
    let scratch = try Scratch()
    let watch = try FileWatch([scratch.path], [.created])
    let prompt = try FileWatch([scratch.path], [.created])
    for number in 0..<1000 {
      try Files.write(scratch("\(number)"), [])
      _ = try await prompt.makeAsyncIterator().next()
    }
    let first = try await watch.makeAsyncIterator().next()
    #expect(first?.changes == .overflow)
  }

  @Test func aCancelledReaderStopsWaiting() async throws {
    let scratch = try Scratch()
    let watch = try FileWatch([scratch.path], [.created])
    let task = Task { try await watch.makeAsyncIterator().next() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    try Files.write(scratch("one"), [])
    #expect(try await watch.makeAsyncIterator().next()?.name == "one")
  }
}

@Suite struct BlockingPoolTests {
  @Test func neverRunsMoreThanItsBound() async throws {
    let pool = BlockingPool(maximumThreads: 3)
    let running = Shared((now: 0, most: 0))
    await withTaskGroup { group in
      for _ in 0..<60 {
        group.addTask {
          await pool.run {
            running.withLock { state in
              state.now += 1
              state.most = max(state.most, state.now)
            }
            usleep(2000)
            running.withLock { $0.now -= 1 }
          }
        }
      }
    }
    #expect(running.withLock { $0.most } == 3)
    #expect(pool.threadCount <= 3)
  }

  @Test func startsNothingUntilAskedAndEndsWhenIdle() async throws {
    let pool = BlockingPool(maximumThreads: 2, idleTimeout: .milliseconds(20))
    #expect(pool.threadCount == 0)
    #expect(await pool.run { 42 } == 42)
    #expect(try await eventually { pool.threadCount == 0 })
    #expect(await pool.run { 43 } == 43, "and starts again")
  }

  @Test func errorsKeepTheirType() async throws {
    let pool = BlockingPool()
    await #expect(throws: SystemError(errno: ENOENT, "open", "/no/such")) {
      try await pool.run { () throws(SystemError) in _ = try FileDescriptor.open("/no/such") }
    }
  }

  @Test func workOfACancelledTaskIsDoneStill() async throws {
    let pool = BlockingPool()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await pool.run { 1 }
    }
    #expect(await task.value == 1)
  }
}

@Suite struct SerialLaneTests {
  @Test func oneAtATimeInOrderOfArrival() async throws {
    let lane = SerialLane()
    let order = Shared<[Int]>([])
    let inside = Shared(0)
    var tasks: [Task<Void, any Error>] = []
    try await lane.run {
      for number in 0..<20 {
        let queued = lane.waiting
        tasks.append(
          Task {
            try await lane.run {
              let others = inside.withLock {
                $0 += 1; return $0
              }
              #expect(others == 1)
              order.withLock { $0.append(number) }
              await Task.yield()
              inside.withLock { $0 -= 1 }
            }
          })
        while lane.waiting == queued { await Task.yield() }
      }
    }
    for task in tasks { try await task.value }
    #expect(order.withLock { $0 } == Array(0..<20))
  }

  @Test func whoIsCancelledLeavesTheQueueAndOthersMoveUp() async throws {
    let lane = SerialLane()
    var tasks: [Task<Int, any Error>] = []
    try await lane.run {
      for number in 0..<3 {
        tasks.append(Task { try await lane.run { number } })
        while lane.waiting <= number { await Task.yield() }
      }
      tasks[1].cancel()
      await #expect(throws: CancellationError.self) { try await tasks[1].value }
      #expect(lane.waiting == 2)
    }
    #expect(try await tasks[0].value == 0)
    #expect(try await tasks[2].value == 2)
    #expect(try await lane.runIfFree { 9 } == 9)
  }

  @Test func cancellingAtAnyMomentNeverLosesTheLock() async throws {
    let lane = SerialLane()
    await withTaskGroup { group in
      for number in 0..<2000 {
        let task = Task {
          try await lane.run { await Task.yield() }
        }
        group.addTask {
          if number % 3 == 0 { await Task.yield() }
          if number % 2 == 0 { task.cancel() }
          _ = await task.result
        }
      }
    }
    #expect(try await lane.runIfFree { true } == true)
    #expect(lane.waiting == 0)
  }

  @Test func anErrorLetsTheNextIn() async throws {
    let lane = SerialLane()
    await #expect(throws: SystemError.self) {
      try await lane.run { throw SystemError(errno: EIO, "a", "b") }
    }
    #expect(try await lane.run { 1 } == 1)
  }

  @Test func lanesOfDifferentKeysDoNotMeetAndAreForgotten() async throws {
    let lanes = SerialLanes<String>()
    let result = try await lanes.run("a") { try await lanes.run("b") { lanes.count } }
    #expect(result == 2)
    #expect(lanes.count == 0)
  }
}

import Testing
import WherryLinux
import WherryModel

@testable import WherryStore

struct WearLedgerTests {
  private static let mebibyte: UInt64 = 1 << 20

  /// A container that restarts, a device that reboots: each line is what is read and what must be known after it.
  @Test func aCountGoesOnOverRestartsAndReboots() {
    var ledger = WearLedger()
    let trace: [(event: WearLedger.Event, total: UInt64)] = [
      (.read(.written, 100, epoch: "boot1/10"), 100),
      (.read(.written, 100, epoch: "boot1/10"), 100),
      (.read(.written, 250, epoch: "boot1/10"), 250),
      // Restarted: a new group.
      (.read(.written, 40, epoch: "boot1/11"), 290),
      // The kernel's counter began anew under the same name.
      (.read(.written, 5, epoch: "boot1/11"), 295),
      // Rebooted; the number of the group is the same by chance.
      (.read(.written, 5, epoch: "boot2/11"), 300),
      (.read(.written, 7, epoch: "boot2/11"), 302),
      (.notCounted(.written), 302),
      (.read(.written, 8, epoch: "boot2/11"), 303),
    ]
    for step in trace {
      #expect(ledger.handle([step.event]) == .keep)
      #expect(ledger.total(.written) == step.total)
    }
  }

  @Test func whatWasThereBeforeSomebodyCountedIsNotCounted() {
    var ledger = WearLedger()
    _ = ledger.handle([.read(.disk, 9_000, epoch: "boot1/sda"), .read(.time, 5_000, epoch: "boot1")])
    #expect(ledger.total(.disk) == 0)
    #expect(ledger.total(.time) == 0)
    _ = ledger.handle([.read(.disk, 9_500, epoch: "boot1/sda"), .read(.disk, 30, epoch: "boot2/sda")])
    #expect(ledger.total(.disk) == 530)
  }

  @Test func whatIsNotCountedIsUnknownAndNotZero() {
    var ledger = WearLedger()
    _ = ledger.handle([.notCounted(.written), .read(.time, 0, epoch: "a"), .read(.time, 700_000, epoch: "a")])
    #expect(ledger.total(.written) == nil)
    #expect(ledger.daily(.written) == nil)
    #expect(ledger.gaps == [.written])
    _ = ledger.handle([.read(.written, 0, epoch: "a/1")])
    #expect(ledger.total(.written) == 0)
    #expect(ledger.gaps.isEmpty)
  }

  @Test func aRateNeedsTenMinutes() {
    var ledger = WearLedger()
    _ = ledger.handle([.read(.time, 1_000, epoch: "a"), .read(.written, 1_000_000, epoch: "a/1")])
    _ = ledger.handle([.read(.time, 600_999, epoch: "a")])
    #expect(ledger.daily(.written) == nil)
    _ = ledger.handle([.read(.time, 43_201_000, epoch: "a")])
    // Half a day.
    #expect(ledger.daily(.written) == 2_000_000)
  }

  /// Saving costs the card: a block and its folder's for 16 MiB and more.
  @Test func savesAreRareAndAfterEachTheCountOfTheUnsavedBeginsAnew() {
    var ledger = WearLedger()
    var saves = 0
    for megabyte in 1...160 {
      if ledger.handle([.read(.written, UInt64(megabyte) * Self.mebibyte, epoch: "a/1")]) == .save {
        saves += 1
      }
    }
    #expect(saves == 10)
    #expect(ledger.handle([.read(.time, 0, epoch: "a")]) == .keep)
    #expect(ledger.handle([.read(.time, WearLedger.unsavedTime - 1, epoch: "a")]) == .keep)
    #expect(ledger.handle([.read(.time, WearLedger.unsavedTime, epoch: "a")]) == .save)
  }

  @Test func sumsDoNotOverflow() {
    var ledger = WearLedger()
    _ = ledger.handle([.added(.removed, .max), .added(.removed, 5)])
    #expect(ledger.total(.removed) == .max)
  }

  @Test func textKeepsAll() throws {
    var ledger = WearLedger()
    _ = ledger.handle([
      .read(.written, 7, epoch: "boot/1"), .read(.time, 3, epoch: "boot"), .added(.removed, 4),
      .notCounted(.disk),
    ])
    #expect(WearLedger(ledger.text) == ledger)
    #expect(WearLedger(WearLedger().text) == WearLedger())
  }

  @Test func damagedTextIsNoLedgerAndNoTrap() throws {
    var ledger = WearLedger()
    _ = ledger.handle([.read(.written, 7, epoch: "boot/1")])
    let text = ledger.text
    for length in 0..<(text.count - 1) {
      let read = WearLedger(String(text.prefix(length)))
      // Cut in the last number, it may be another: the record file's checksum is what tells.
      #expect(read == nil || length > text.count - 3 || read?.total(.written) == 7)
    }
    #expect(WearLedger("written=x\nsaved-bytes=0\nsaved-time=0\n") == nil)
    #expect(WearLedger("written=1\nwritten-epoch=a\nsaved-bytes=0\nsaved-time=0\n") == nil)
    #expect(WearLedger("no equals sign") == nil)
  }

  @Test func theKernelsFilesAreRead() {
    #expect(WearReading.processWrites("rchar: 1\nwrite_bytes: 4096\ncancelled_write_bytes: 1024\n") == 3072)
    #expect(WearReading.processWrites("write_bytes: 1\ncancelled_write_bytes: 9\n") == 0)
    #expect(WearReading.processWrites("rchar: 1\n") == nil)
    #expect(WearReading.sectorsWritten("  1 2 3 4 5 6 77 8 9 10 11\n") == 77)
    #expect(WearReading.sectorsWritten("1 2 3") == nil)
  }
}

/// On real files.
struct WearBookTests {
  private func withBook(_ body: (WearBook, StateDirectory) throws -> Void) throws {
    let folder = "/tmp/wherry-wear-\(ContainerID.random().short)"
    try Files.makeDirectories(folder + "/run")
    defer { do { _ = try Files.removeTree(folder) } catch {} }
    let state = StateDirectory(folder + "/state")
    try Files.makeDirectories(state.containers)
    try body(WearBook(run: RunDirectory(folder + "/run"), state: state), state)
  }

  @Test func whatWasSavedIsThereAfterAReboot() throws {
    try withBook { book, state in
      let id = ContainerID.random()
      try Files.makeDirectories("\(state.containers)/\(id)")
      try book.note([.read(.written, 1000, epoch: "boot1/1")], of: id)
      #expect(try !Files.exists("\(state.containers)/\(id)/wear"))
      try book.note([.read(.written, 20 << 20, epoch: "boot1/1")], of: id)
      #expect(try Files.exists("\(state.containers)/\(id)/wear"))
      // The reboot: /run is empty.
      _ = try Files.removeTree(book.run.path + "/wear")
      #expect(try book.ledger(of: id).total(.written) == 20 << 20)
      try book.note([.read(.written, 500, epoch: "boot2/1")], of: id)
      #expect(try book.ledger(of: id).total(.written) == 20 << 20 + 500)
    }
  }

  @Test func whatARemovedContainerWroteStays() throws {
    try withBook { book, state in
      let id = ContainerID.random()
      try Files.makeDirectories("\(state.containers)/\(id)")
      try book.note([.read(.written, 17 << 20, epoch: "boot1/1")], of: id)
      try book.forget(id)
      #expect(try book.ledger(of: id) == WearLedger())
      #expect(try book.deviceLedger().total(.removed) == 17 << 20)
      _ = try Files.removeTree(book.run.path + "/wear")
      #expect(try book.deviceLedger().total(.removed) == 17 << 20)
      // One that never ran.
      try book.forget(ContainerID.random())
      #expect(try book.deviceLedger().total(.removed) == 17 << 20)
    }
  }

  @Test func aDamagedSaveBeginsAnew() throws {
    try withBook { book, state in
      try book.noteDevice([.added(.own, 20 << 20)])
      _ = try Files.removeTree(book.run.path + "/wear")
      try Files.write(state.path + "/wear", Array("garbage".utf8))
      #expect(try book.deviceLedger() == WearLedger())
      try book.noteDevice([.added(.own, 30 << 20)])
      _ = try Files.removeTree(book.run.path + "/wear")
      #expect(try book.deviceLedger().total(.own) == 30 << 20)
    }
  }

  /// Hooks and the daemon write at once: nothing is lost.
  @Test func severalMayWrite() async throws {
    let folder = "/tmp/wherry-wear-\(ContainerID.random().short)"
    try Files.makeDirectories(folder)
    let book = WearBook(run: RunDirectory(folder), state: nil)
    let pool = BlockingPool(maximumThreads: 8)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<100 {
        group.addTask {
          try await pool.run { () throws(WherryError) in try book.noteDevice([.added(.own, 1)]) }
        }
      }
      try await group.waitForAll()
    }
    #expect(try book.deviceLedger().total(.own) == 100)
    _ = try Files.removeTree(folder)
  }

  @Test func thisProcessIsCounted() throws {
    let path = "/tmp/wherry-wear-\(ContainerID.random().short)"
    guard case .read(.own, let before, let epoch) = try WearReading.own() else {
      // A kernel without CONFIG_TASK_IO_ACCOUNTING.
      return
    }
    try DurableFile.write(path, [UInt8](repeating: 7, count: 1 << 20))
    try Files.unlink(path)
    guard case .read(.own, let after, let same) = try WearReading.own() else {
      Issue.record("counted once and not again")
      return
    }
    #expect(after >= before)
    #expect(epoch == same)
  }
}

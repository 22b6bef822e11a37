import Glibc
import Testing
import WherryModel
import WherryRPC
import WherryTransport

struct SocketTests {
  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = try temporaryFolder()
    defer {
      unlink(folder + "/s")
      rmdir(folder)
    }
    try body(folder + "/s")
  }

  @Test
  func aNewSocketIsForItsOwnerAndGroupOnly() throws {
    try inFolder { path in
      let socket = try ListeningSocket(path: path, group: getgid())
      var status = stat()
      #expect(lstat(path, &status) == 0)
      #expect(status.st_mode & 0o7777 & ~0o660 == 0)
      withExtendedLifetime(socket) {}
      // And is gone with its owner.
    }
  }

  @Test
  func itIsRemovedInTheEnd() throws {
    try inFolder { path in
      do {
        let socket = try ListeningSocket(path: path)
        withExtendedLifetime(socket) {}
      }
      #expect(access(path, F_OK) != 0)
    }
  }

  @Test
  func aStaleSocketIsReplaced() throws {
    try inFolder { path in
      // What a daemon that was killed leaves behind.
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      let bound = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      #expect(bound == 0)
      close(descriptor)
      let socket = try ListeningSocket(path: path)
      withExtendedLifetime(socket) {}
    }
  }

  @Test
  func aSocketSomebodyListensOnIsLeftAlone() throws {
    try inFolder { path in
      let first = try ListeningSocket(path: path)
      let error = #expect(throws: WherryError.self) { _ = try ListeningSocket(path: path) }
      #expect(error?.code == .conflict)
      #expect(access(path, F_OK) == 0)
      withExtendedLifetime(first) {}
    }
  }

  @Test
  func whatIsNoSocketIsLeftAlone() throws {
    try inFolder { path in
      close(creat(path, 0o600))
      let error = #expect(throws: WherryError.self) { _ = try ListeningSocket(path: path) }
      #expect(error?.code == .conflict)
      #expect(access(path, F_OK) == 0)
    }
  }

  @Test(arguments: [0, 107, 108, 200])
  func aPathMustFitASocketAddress(_ length: Int) throws {
    let path = String(repeating: "x", count: length)
    let error = #expect(throws: WherryError.self) { _ = try ListeningSocket(path: "/nonexistent/" + path) }
    #expect(error != nil)
  }

  @Test
  func noDaemonIsAnErrorThatSaysWhatToDo() async throws {
    let thread = EventLoopThread()
    let error = await #expect(throws: WherryError.self) {
      _ = try await Dialer(thread: thread).connect("/nonexistent/wherry.sock")
    }
    #expect(error?.code == .unavailable)
    #expect(
      error?.message
        == "cannot connect to the Wherry daemon at /nonexistent/wherry.sock: No such file or directory")
    #expect(error?.hint == "is wherry.socket running? are you root or in group wherry?")
    try await thread.shutDown()
  }
}

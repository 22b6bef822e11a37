import Glibc
import NIOCore
import Synchronization
import WherryModel
import WherryRPC
import WherryTransport

/// Takes every client for one of the origin a test says.
final class Origin: Doorman {
  let speaksFirst = true
  private let name = Mutex("uid 1000")

  func become(_ origin: String) { name.withLock { $0 = origin } }

  func origin(of channel: any Channel) -> EventLoopFuture<String> {
    channel.eventLoop.makeSucceededFuture(name.withLock { $0 })
  }

  func identify(_ channel: any Channel) -> EventLoopFuture<Verdict> {
    channel.eventLoop.makeSucceededFuture(.welcome(Peer(role: .admin, description: "the test")))
  }
}

func removeFolder(_ folder: String) {
  unlink(folder + "/wherry.sock")
  rmdir(folder)
}

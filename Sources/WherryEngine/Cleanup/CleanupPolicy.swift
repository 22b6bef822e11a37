package import WherryModel

/// What the daemon removes by itself. The names of the images' part are kubelet's; what kubelet has not, keeps the images
/// that a rollback needs.
package struct CleanupPolicy: Sendable, Equatable {
  package var isOn = true
  /// How many images of a repository stay that containers used before the current one.
  package var keepPrevious = 1
  /// No image goes that was of use, or came, within so long.
  package var minimumAge = Duration.seconds(86_400)
  /// An image that has been of no use for so long goes; none where nil.
  package var maximumAge: Duration?
  /// Percent of the file system. From the first on unused images go, the least recently used first, until the second is
  /// reached. At 100 none goes for room.
  package var highThreshold = 85
  package var lowThreshold = 80
  /// Downloads that nobody goes on with.
  package var stagingAge = Duration.seconds(7 * 86_400)
  /// What was found damaged and has been replaced: how long it stays, and how many bytes of it.
  package var damagedAge = Duration.seconds(30 * 86_400)
  package var damagedSize: UInt64 = 1 << 30

  package init() {}
}

/// What is known of the device when clean-up looks. A value: nothing is asked while it is decided.
package struct CleanupFacts: Sendable, Equatable {
  package struct Image: Sendable, Equatable {
    package var id: Digest
    /// For people.
    package var name: String
    /// Names without tag and digest that it has or had.
    package var repositories: Set<String>
    /// When a container or a name last had it; nil where that is not known.
    package var lastUsed: Timestamp?
    /// Whether a container that was there to stay has had it, or a name that another image has now.
    package var isFormer = false
    package var added: Timestamp
    package var isInUse = false
    package var isPinned = false
    package var layers: [Digest]

    /// When it was last of any use.
    var latest: Timestamp { max(lastUsed ?? added, added) }
  }

  /// A download, or a thing that is set aside.
  package struct Leftover: Sendable, Equatable {
    package var name: String
    package var since: Timestamp
    package var size: UInt64
    /// Something whole is in its place.
    package var isReplaced = true
    /// Somebody has it mounted.
    package var isInUse = false
  }

  package var now: Timestamp
  package var images: [Image] = []
  /// Bytes of each layer, and those that stay whatever image goes.
  package var sizes: [Digest: UInt64] = [:]
  package var neededLayers: Set<Digest> = []
  /// Of the file system; zero where that is not known.
  package var totalBytes: UInt64 = 0
  package var freeBytes: UInt64 = 0
  package var downloads: [Leftover] = []
  package var staging: [Leftover] = []
  package var aside: [Leftover] = []
  /// What would have to be known, and is not: no image goes.
  package var missing: [String] = []

  package init(now: Timestamp) { self.now = now }
}

/// What may go, and why.
package struct CleanupPlan: Sendable, Equatable {
  package enum Kind: String, Sendable {
    case image
    case download
    case staging
    case aside
  }

  package struct Item: Sendable, Equatable {
    package var kind: Kind
    package var id: String
    package var name: String
    package var reason: String
    /// Bytes that are free when this goes after those before it.
    package var size: UInt64
  }

  package var items: [Item] = []
  /// Why no image goes.
  package var held: String?

  package var reclaimed: UInt64 {
    items.map(\.size).reduce(0, UInt64.saturatingSum)
  }
}

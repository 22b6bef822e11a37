import WherryLinux
package import WherryModel
import WherryOCI

/// Finds and removes what nobody refers to. A server may serve meanwhile: it makes no reference while this looks and
/// removes. Blocks.
package struct RegistryPrune: Sendable {
  package struct Item: Sendable, Hashable {
    package var repository: RepositoryName
    package var digest: Digest
  }

  package struct Content: Sendable, Hashable {
    package var digest: Digest
    package var size: UInt64
  }

  package struct Plan: Sendable, Equatable {
    /// Manifests that no tag leads to.
    package var manifests: [Item] = []
    /// What a repository has and none of its manifests refers to.
    package var links: [Item] = []
    /// What then no repository has.
    package var contents: [Content] = []

    package var bytes: UInt64 { contents.reduce(0) { $0 + $1.size } }

    fileprivate mutating func sort() {
      manifests.sort { ($0.repository.text, $0.digest.hex) < ($1.repository.text, $1.digest.hex) }
      links.sort { ($0.repository.text, $0.digest.hex) < ($1.repository.text, $1.digest.hex) }
      contents.sort { $0.digest.hex < $1.digest.hex }
    }
  }

  private let store: RegistryStore
  private let oldest: Int64
  private let untagged: Bool

  /// Nothing that came within `age` is touched: the manifest that refers to it may be on its way.
  package init(_ store: RegistryStore, age: Duration, untagged: Bool, now: Timestamp = .now()) {
    self.store = store
    self.untagged = untagged
    oldest = FileTime(now).seconds - age.components.seconds
  }

  /// Changes nothing, and nobody waits for it.
  package func plan() throws -> Plan { try store.linking { try look().plan } }

  /// Removes what a plan names, and returns what went. All is read while references are made; they wait only while one
  /// repository's part goes, or for some contents, each of which is looked at once more. What leads somewhere goes before
  /// that to which it leads.
  package func run() throws -> Plan {
    let found = try store.linking { try look() }
    var gone = Plan()
    for planned in found.shares {
      try store.sweeping {
        var share = planned
        if try view(planned.name) != planned.view { share = try self.share(planned.name) }
        for digest in share.manifests {
          _ = try store.removeManifest(share.name, .digest(digest))
          gone.manifests.append(Item(repository: share.name, digest: digest))
        }
        for digest in share.links where try isOld(store.blobLink(share.name, digest)) {
          try Files.unlink(store.blobLink(share.name, digest))
          gone.links.append(Item(repository: share.name, digest: digest))
        }
      }
    }
    var contents = found.plan.contents[...]
    while !contents.isEmpty {
      try store.sweeping {
        let names = try store.allRepositories()
        let end = ContinuousClock.now + Self.turn
        repeat {
          guard let content = contents.popFirst() else { return }
          guard try isOld(store.blobFile(content.digest)), try !isNeeded(content.digest, names) else {
            continue
          }
          try Files.unlink(store.blobFile(content.digest))
          gone.contents.append(content)
        } while ContinuousClock.now < end
      }
    }
    gone.sort()
    return gone
  }

  /// How long those who make references wait at once.
  private static let turn = Duration.milliseconds(20)

  /// Without reading anything.
  private func isNeeded(_ digest: Digest, _ names: [RepositoryName]) throws(SystemError) -> Bool {
    for name in names {
      if try Files.exists(store.blobLink(name, digest)) { return true }
      if try Files.exists(store.manifestFile(name, digest)) { return true }
    }
    return false
  }

  /// What a repository has to say of what is needed: as long as this stays the same, nobody has made a reference there.
  private struct View: Equatable {
    struct File: Equatable {
      var name: String
      var inode: UInt64?
      var modified: FileTime?
    }
    var files: [File]
  }

  /// What may go of one repository, and what it needs.
  private struct Share {
    var name: RepositoryName
    var view: View
    var manifests: [Digest] = []
    var links: [Digest] = []
    var needed: Set<Digest> = []
  }

  private func view(_ name: RepositoryName) throws(SystemError) -> View {
    var files: [View.File] = []
    for part in ["_manifests", "_tags"] {
      let folder = "\(store.folder(name))/\(part)"
      for file in try store.names(in: folder) {
        let status = try Files.statusIfPresent("\(folder)/\(file)")
        files.append(View.File(name: "\(part)/\(file)", inode: status?.inode, modified: status?.modified))
      }
    }
    return View(files: files)
  }

  private func look() throws -> (plan: Plan, shares: [Share]) {
    var plan = Plan()
    var needed: Set<Digest> = []
    var shares: [Share] = []
    for name in try store.allRepositories() {
      let share = try self.share(name)
      needed.formUnion(share.needed)
      plan.manifests += share.manifests.map { Item(repository: name, digest: $0) }
      plan.links += share.links.map { Item(repository: name, digest: $0) }
      if !share.manifests.isEmpty || !share.links.isEmpty { shares.append(share) }
    }
    plan.contents = try contents(except: needed)
    plan.sort()
    return (plan, shares)
  }

  private func share(_ name: RepositoryName) throws -> Share {
    var share = Share(name: name, view: try view(name))
    let manifests = try manifests(name)
    let kept = untagged ? try reachable(name, manifests) : Set(manifests.keys)
    var referred: Set<Digest> = []
    var isKnown = true
    for (digest, summary) in manifests {
      if !kept.contains(digest), try isOld(store.manifestFile(name, digest)) {
        share.manifests.append(digest)
        continue
      }
      share.needed.insert(digest)
      // Of a damaged manifest nobody knows what it needs: all of the repository stays.
      guard let summary else {
        isKnown = false
        continue
      }
      referred.formUnion(summary.blobs + summary.others)
    }
    for file in try store.names(in: "\(store.folder(name))/_blobs") {
      guard let digest = RegistryStore.digest(fileName: file) else { continue }
      if isKnown, !referred.contains(digest), try isOld(store.blobLink(name, digest)) {
        share.links.append(digest)
      } else {
        share.needed.insert(digest)
      }
    }
    return share
  }

  /// Those of a repository; nil for one that cannot be read.
  private func manifests(_ name: RepositoryName) throws -> [Digest: ManifestSummary?] {
    var found: [Digest: ManifestSummary?] = [:]
    for file in try store.names(in: "\(store.folder(name))/_manifests") {
      guard let digest = RegistryStore.digest(fileName: file) else { continue }
      found[digest] = .some(nil)
      guard let manifest = try store.manifest(name, .digest(digest)) else { continue }
      do { found[digest] = try ManifestSummary(json: manifest.bytes) } catch { continue }
    }
    return found
  }

  /// What tags lead to, what that lists, and what refers to any of it.
  private func reachable(_ name: RepositoryName, _ manifests: [Digest: ManifestSummary?]) throws -> Set<
    Digest
  > {
    var reached: Set<Digest> = []
    var waiting: [Digest] = []
    for tag in try store.tags(name) ?? [] {
      if let digest = try store.resolve(name, .tag(tag)) { waiting.append(digest) }
    }
    var referrers: [Digest: [Digest]] = [:]
    for (digest, summary) in manifests {
      guard let summary else {
        waiting.append(digest)
        continue
      }
      if let subject = summary.subject { referrers[subject, default: []].append(digest) }
    }
    // What came just now may still get its tag.
    for digest in manifests.keys where try !isOld(store.manifestFile(name, digest)) { waiting.append(digest) }
    while let digest = waiting.popLast() {
      guard reached.insert(digest).inserted else { continue }
      waiting += (manifests[digest] ?? nil)?.others ?? []
      waiting += referrers[digest] ?? []
    }
    return reached
  }

  private func contents(except needed: Set<Digest>) throws -> [Content] {
    var found: [Content] = []
    for algorithm in try store.names(in: store.blobs) {
      for part in try store.names(in: "\(store.blobs)/\(algorithm)") {
        for hex in try store.names(in: "\(store.blobs)/\(algorithm)/\(part)") {
          // Nothing of ours, then.
          guard let digest = RegistryStore.digest(fileName: "\(algorithm)-\(hex)") else { continue }
          guard !needed.contains(digest), try isOld(store.blobFile(digest)) else { continue }
          let size = try Files.status(store.blobFile(digest)).size
          found.append(Content(digest: digest, size: UInt64(clamping: size)))
        }
      }
    }
    return found
  }

  private func isOld(_ file: String) throws(SystemError) -> Bool {
    guard let status = try Files.statusIfPresent(file) else { return false }
    return status.modified.seconds <= oldest
  }
}

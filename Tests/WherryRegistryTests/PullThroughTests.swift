import Glibc
import Logging
import Synchronization
import Testing
import WherryLinux
import WherryModel
import WherryOCI
import WherryStore

@testable import WherryRegistry

@Suite struct PullThroughTests {
  private static let content = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }

  @Test func twoWhoAskForOneBlobCauseOneFetch() async throws {
    let site = try Site()
    let digest = site.blob(Self.content)
    let (gate, opener) = AsyncStream<Void>.makeStream()
    site.upstream.state.withLock { $0.gate = gate }
    try await site.running {
      async let first = site.read(digest)
      async let second = site.read(digest)
      while site.upstream.count("blob") == 0 { await Task.yield() }
      opener.finish()
      let both = try await [first, second]
      #expect(both == [Self.content, Self.content])
      #expect(site.upstream.count("blob") == 1)
      while site.proxy.isBusy { await Task.yield() }
      // Kept: nobody is asked any more.
      guard case .local(let more) = try await site.ask(.readBlob(site.name, digest)) else {
        Issue.record("it was fetched again")
        return
      }
      #expect(more.isEmpty)
      #expect(site.upstream.count("size") == 1)
    }
  }

  @Test func nothingIsKeptOfABlobWithAnotherDigestAndNobodyGetsAllOfIt() async throws {
    let site = try Site()
    let digest = site.blob(Self.content)
    site.upstream.state.withLock { $0.corrupt = Array(Self.content.reversed()) }
    try await site.running {
      await #expect(throws: ConnectionEnded.self) { _ = try await site.read(digest) }
      while site.proxy.isBusy { await Task.yield() }
      let isKept = try site.service.store.hasBlob(site.name, digest)
      #expect(!isKept)
      #expect(try Files.list("\(site.path)/uploads").isEmpty)
      // The next one begins again.
      site.upstream.state.withLock { $0.corrupt = nil }
      let again = try await site.read(digest)
      #expect(again == Self.content)
    }
  }

  @Test func anUpstreamThatHasItNotOrFailsIsToldToTheClient() async throws {
    let site = try Site()
    let digest = site.blob(Self.content)
    try await site.running {
      let unknown = Digest.sha256(of: [1])
      await #expect(throws: RegistryProblem(404, .blobUnknown, "no blob")) {
        _ = try await site.read(unknown)
      }
      for (code, status) in [
        (WherryError.Code.unauthorized, 403), (.unavailable, 502), (.deadlineExceeded, 504), (.dataLoss, 502),
      ] {
        site.upstream.state.withLock { $0.error = WherryError(code, "no") }
        while site.proxy.isBusy { await Task.yield() }
        do {
          _ = try await site.read(digest)
          Issue.record("\(status) expected")
        } catch let problem as RegistryProblem {
          #expect(problem.status == status)
        }
      }
    }
  }

  @Test func aManifestThatUpstreamDoesNotHaveIsUnknown() async throws {
    let site = try Site()
    let digest = Digest.sha256(of: [1])
    await #expect(throws: RegistryProblem(404, .manifestUnknown, "no manifest")) {
      _ = try await site.ask(.readManifest(site.name, .digest(digest)))
    }
  }

  @Test func aHeadOfABlobKeepsNothing() async throws {
    let site = try Site()
    let digest = site.blob(Self.content)
    guard case .response(let response) = try await site.ask(.readBlob(site.name, digest), method: "HEAD")
    else {
      Issue.record("not here yet")
      return
    }
    #expect(response.length == UInt64(Self.content.count))
    #expect(site.upstream.count("blob") == 0)
  }

  @Test func aTagIsLookedUpOnceInItsLifetime() async throws {
    let site = try Site()
    let digest = site.manifest("1", "one")
    for _ in 0..<3 {
      let found = headers(try await site.ask(.readManifest(site.name, .tag("1"))))
      #expect(found.isEmpty)
    }
    #expect(site.upstream.count("manifest") == 1)
    #expect(try site.service.store.resolve(site.name, .tag("1")) == digest)
    // By its digest it is here, too.
    _ = try await site.ask(.readManifest(site.name, .digest(digest)))
    #expect(site.upstream.count("manifest") == 1)
  }

  @Test func aTagThatMovedIsSeenAndOneThatDidNotCostsNoTransfer() async throws {
    let site = try Site(lifetime: .zero)
    _ = site.manifest("1", "one")
    _ = try await site.ask(.readManifest(site.name, .tag("1")))
    _ = try await site.ask(.readManifest(site.name, .tag("1")))
    #expect(site.upstream.count("manifest") == 1)
    #expect(site.upstream.count("head") == 1)
    let moved = site.manifest("1", "two")
    _ = try await site.ask(.readManifest(site.name, .tag("1")))
    #expect(try site.service.store.resolve(site.name, .tag("1")) == moved)
  }

  @Test func whileUpstreamIsAwayWhatWasKnownIsGivenWithAWarning() async throws {
    let site = try Site(lifetime: .zero)
    let digest = site.manifest("1", "one")
    _ = try await site.ask(.readManifest(site.name, .tag("1")))
    site.upstream.state.withLock { $0.error = WherryError(.unavailable, "away") }
    let first = headers(try await site.ask(.readManifest(site.name, .tag("1"))))
    #expect(first.map(\.name) == ["Warning"])
    let asked = site.upstream.total
    let second = headers(try await site.ask(.readManifest(site.name, .tag("1"))))
    #expect(second.map(\.name) == ["Warning"])
    let list = headers(try await site.ask(.tags(site.name, Page(count: nil, last: nil))))
    #expect(list.map(\.name) == ["Warning"])
    // It is not asked again for each.
    #expect(site.upstream.total == asked)
    #expect(try site.service.store.resolve(site.name, .tag("1")) == digest)
  }

  @Test func whileUpstreamIsAwayNobodyWaitsForATurn() async throws {
    let site = try Site(lifetime: .zero)
    _ = site.manifest("1", "one")
    _ = try await site.ask(.readManifest(site.name, .tag("1")))
    site.upstream.state.withLock { $0.error = WherryError(.unavailable, "away") }
    _ = try await site.ask(.readManifest(site.name, .tag("1")))
    let asked = site.upstream.total
    let unknown = ManifestName.digest(Digest.sha256(of: [1]))
    // Others have all of them.
    let turns = [
      await site.proxy.turn(site.name, .tag("1")), await site.proxy.turn(site.name, .tag("other")),
      await site.proxy.turn(site.name, unknown),
    ]
    let found = headers(try await site.ask(.readManifest(site.name, .tag("1"))))
    #expect(found.map(\.name) == ["Warning"])
    for reference in [.tag("other"), unknown] {
      await #expect(throws: RegistryProblem(502, .unknown, "upstream.example cannot be asked")) {
        _ = try await site.ask(.readManifest(site.name, reference))
      }
    }
    withExtendedLifetime(turns) { #expect(site.upstream.total == asked) }
  }

  @Test func aStorageThatFailsIsNoAbsence() async throws {
    let site = try Site(lifetime: .zero)
    _ = site.manifest("1", "one")
    _ = try await site.ask(.readManifest(site.name, .tag("1")))
    let moved = site.manifest("1", "two")
    #expect(try Files.unlink("\(site.path)/lock"))
    for reference in [ManifestName.tag("1"), .digest(moved)] {
      await #expect(throws: SystemError.self) {
        _ = try await site.ask(.readManifest(site.name, reference))
      }
    }
    #expect(!site.proxy.isAway)
  }

  @Test func aFullDiskIsToldWithTheRemedy() {
    let full = SystemError(errno: ENOSPC, "write", "/x")
    #expect(!PullThrough.isAbsence(full))
    let problem = RegistryProblem(upstream: full, absent: .blobUnknown)
    #expect(problem.status == 507)
    #expect(problem.message.contains("wherry registry prune --untagged"))
    let other = RegistryProblem(upstream: SystemError(errno: EIO, "write", "/x"), absent: .blobUnknown)
    #expect(other.status == 500)
  }

  @Test func aTagThatIsGoneUpstreamIsGoneHere() async throws {
    let site = try Site(lifetime: .zero)
    _ = site.manifest("1", "one")
    _ = try await site.ask(.readManifest(site.name, .tag("1")))
    site.upstream.state.withLock { $0.error = WherryError(.notFound, "gone") }
    await #expect(throws: RegistryProblem(404, .manifestUnknown, "gone")) {
      _ = try await site.ask(.readManifest(site.name, .tag("1")))
    }
    #expect(try site.service.store.resolve(site.name, .tag("1")) == nil)
  }

  @Test func refusedCredentialsAreNoAbsence() async throws {
    let site = try Site(lifetime: .zero)
    _ = site.manifest("1", "one")
    _ = try await site.ask(.readManifest(site.name, .tag("1")))
    site.upstream.state.withLock { $0.error = WherryError(.unauthorized, "no") }
    await #expect(throws: RegistryProblem(403, .denied, "no")) {
      _ = try await site.ask(.readManifest(site.name, .tag("1")))
    }
  }

  @Test func nothingCanBeWritten() async throws {
    let site = try Site()
    let digest = Digest.sha256(of: [])
    let writes: [RegistryRequest] = [
      .startUpload(site.name, .session(.sha256)), .deleteBlob(site.name, digest),
      .writeManifest(site.name, .tag("1"), tags: []), .deleteManifest(site.name, .tag("1")),
    ]
    for request in writes {
      do {
        _ = try await site.ask(request)
        Issue.record("\(request)")
      } catch let problem as RegistryProblem {
        #expect(problem.status == 405)
      }
    }
    #expect(site.upstream.total == 0)
  }

  @Test func listsArePassedOnWithTheirNextPage() async throws {
    let site = try Site()
    let found = headers(try await site.ask(.tags(site.name, Page(count: 1, last: "a b"))))
    #expect(site.upstream.count("tags/list?n=1&last=a%20b") == 1)
    #expect(found.contains(RegistryHeader("Link", "</v2/a/tags/list?n=1&last=x>; rel=\"next\"")))
  }

  @Test func aListOfUpstreamsHasASeatUntilItIsSent() async throws {
    let site = try Site()
    let seats = site.service.seats
    let all = seats.free
    var answer: PullThrough.Outcome? = try await site.ask(.tags(site.name, Page(count: nil, last: nil)))
    withExtendedLifetime(answer) { #expect(seats.free == all - 1) }
    answer = nil
    #expect(seats.free == all)
    // An answer of the storage's own takes its seat itself.
    site.upstream.state.withLock { $0.error = WherryError(.unavailable, "away") }
    let local = try await site.ask(.tags(site.name, Page(count: nil, last: nil)))
    #expect(headers(local).map(\.name) == ["Warning"])
    #expect(seats.free == all)
  }

  @Test func aStorageKeepsOneRegistrysContentOnly() throws {
    let site = try Site()
    let store = site.service.store
    try store.claim(upstream: "https://one.example")
    try store.claim(upstream: "https://one.example")
    #expect(throws: WherryError.self) { try store.claim(upstream: "https://two.example") }
    #expect(throws: WherryError.self) { try store.claim(upstream: nil) }
    let own = try RegistryStore("\(site.path)/own")
    try own.claim(upstream: nil)
    try Files.makeDirectories("\(site.path)/own/repositories/mine", mode: 0o750)
    #expect(throws: WherryError.self) { try own.claim(upstream: "https://one.example") }
  }
}

import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  /// Says in words why a container is as it is.
  package func why(_ reference: String) async throws -> Explanation {
    let snapshot = try await inspect(reference)
    let hasImage = try await context.images.find(snapshot.record.imageID) != nil
    return Explanation(
      .init(snapshot: snapshot, nextStart: snapshot.nextStart, hasImage: hasImage, now: Timestamp.now()))
  }
}

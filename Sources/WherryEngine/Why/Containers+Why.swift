import WherryLinux
import WherryModel
import WherryWire

extension Containers {
  /// Says in words why a container is as it is.
  package func why(_ reference: String) async throws -> Explanation {
    let entry = try context.table.find(reference)
    let snapshot = try await snapshot(of: entry)
    let hasImage = try await context.images.find(snapshot.record.imageID) != nil
    var nextStart: Timestamp?
    if snapshot.state == .restarting {
      nextStart = entry.restartDue
      if let pause = context.supervisor.restartPause, let end = snapshot.exit?.finishedAt {
        nextStart = end.adding(pause)
      }
    }
    return Explanation(
      .init(snapshot: snapshot, nextStart: nextStart, hasImage: hasImage, now: Timestamp.now()))
  }
}

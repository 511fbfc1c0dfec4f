import Basics

/// What a watch loop tells, in order.
package enum WatchEvent: Sendable {
    /// The files that are watched now.
    case watching([String])
    /// The first build, or the one that a person made the baseline.
    case baseline(WatchBuild)
    /// A build has begun, because of these changes.
    case building([FileChange])
    /// A build went through. Its programs are what its label says: no input moved while it ran.
    case built(WatchBuild)
    /// A build, or what a build needs, failed; the loop goes on.
    case failed(WatchFailure)
    /// An edit came while a build was running; what the build had finished is kept.
    case cancelled(seconds: Double)
}

/// A build of the loop, with what it was made of and what it changed.
package struct WatchBuild: Sendable {
    /// One model for one target.
    package struct Program: Sendable {
        package let report: BuildReport
        /// Since the last build that went through; nil for the first.
        package let delta: DeltaProgram?
        /// Since the baseline, where that is another build.
        package let sinceBaseline: DeltaProgram?

        package var model: String { report.model }
        package var target: String { report.target }
        /// Nothing is different in the image.
        package var isUnchanged: Bool { delta.map { $0.before.imageDigest == $0.after.imageDigest } ?? false }
    }

    /// Nil when nothing had to be executed.
    package let generation: UInt64?
    /// What was edited since the last build.
    package let changes: [FileChange]
    /// What the build read: a file's path, and the fingerprint of the content that was used.
    package let label: [WatchLabel]
    package let programs: [Program]
    package let diagnostics: [Diagnostic]
    /// From the end of the quiet period to here.
    package let seconds: Double
    /// From the last write to a file of the changes to here; nil where no file was written.
    package let secondsSinceSave: Double?

    package var isUnchanged: Bool { !programs.isEmpty && programs.allSatisfy(\.isUnchanged) }
}

/// One input of a build.
package struct WatchLabel: Sendable, Hashable {
    package let path: String
    package let digest: Fingerprint
}

/// A build that did not go through.
package struct WatchFailure: Sendable {
    package let changes: [FileChange]
    package let diagnostics: [Diagnostic]
    package let seconds: Double
}

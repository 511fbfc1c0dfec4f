import Basics
import Capture

/// The content of `reglaze.toml`, checked: every key known, every value of its type.
package struct Manifest: Sendable, Hashable {
    /// One `[models.NAME]` table.
    package struct Model: Sendable, Hashable {
        package var name: String
        /// A captured program, relative to the workspace.
        package var program: String?
        /// PyTorch source, with everything that decides how it is captured.
        package var capture: CaptureSpecification?
        /// Reference values, one file per call in order, relative to the workspace.
        package var references: [String] = []
        /// A checkpoint, safetensors or a state dictionary of `torch.save`, that replaces the program's weights; relative to the workspace.
        package var weights: String?
        package var precision: Precision?
        package var check = Check()
        /// Where the table stands.
        package var line: Int?
    }

    /// `[models.NAME.check]`: tolerances wider or narrower than the contract's.
    package struct Check: Sendable, Hashable {
        /// Largest error relative to the largest reference magnitude, for float32 outputs.
        package var relative: Double?
        /// Smallest signal to quantisation noise ratio in decibel, for narrower floats.
        package var sqnrDecibel: Double?
        /// Smallest share of equal elements of integer outputs in narrower floats, which turn near ties round.
        package var equalShare: Double?

        package init(relative: Double? = nil, sqnrDecibel: Double? = nil, equalShare: Double? = nil) {
            self.relative = relative
            self.sqnrDecibel = sqnrDecibel
            self.equalShare = equalShare
        }
    }

    /// `[capture]`: the interpreter, and limits of a capture in seconds.
    package struct Capture: Sendable, Hashable {
        /// Relative to the workspace, or absolute.
        package var python: String?
        /// The user's FX passes, `FILE.py:NAME`, in order; for every model.
        package var passes: [String] = []
        package var timeoutSeconds: Int?
        package var idleSeconds: Int?
    }

    package var name = ""
    package var targets: [String] = []
    package var models: [Model] = []
    /// `[cache] max_size` in bytes.
    package var cacheMaxBytes: Int?
    package var sharedCache = false
    package var capture = Capture()

    /// A count of bytes with a unit of 1024, as the manifest and the command line write it: "256KiB", "20GiB". Nil for anything else, and for none.
    package static func bytes(_ text: String) -> Int? {
        let units = ["KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40]
        guard let unit = units[String(text.suffix(3))], let count = Int(text.dropLast(3).filter { $0 != " " }), count > 0
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }

    package func model(_ name: String) -> Model? { models.first { $0.name == name } }
}

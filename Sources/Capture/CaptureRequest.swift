/// One request to the capture process: a line of JSON.
package struct CaptureRequest: Sendable {
    /// What the process is asked for.
    package enum Method: Sendable {
        /// A program, written to `output`, with reference values at `reference` + `.callN.safetensors`.
        case capture(CaptureSpecification, output: String, reference: String?)
        /// The names of a suite file.
        case listSuite(String)
    }

    package var method: Method
    /// The workspace, absolute.
    package var workspace: String
    /// The environment that the model's code sees; nil leaves it the process's own.
    package var variables: [String: String]?
    /// Where blocks are remembered, absolute; nil where nothing is kept.
    package var memo: String?
    /// Whether unchanged blocks may be spliced in rather than exported again.
    package var isIncremental = true
    /// Whether an incremental capture is compared with a whole export.
    package var comparesWithWhole = false

    package init(_ method: Method, _ environment: CaptureEnvironment) {
        self.method = method
        workspace = environment.workspace
        variables = environment.variables
    }

    /// The line that is sent.
    var line: [UInt8] { Array((JSONValue.object(fields).text + "\n").utf8) }

    private var fields: [String: JSONValue] {
        var fields: [String: JSONValue] = ["workspace": .string(workspace)]
        if let variables { fields["variables"] = .object(variables.mapValues { .string($0) }) }
        switch method {
        case .listSuite(let file):
            fields["method"] = .string("suite_list")
            fields["suite"] = .string(file)
        case .capture(let specification, let output, let reference):
            fields["method"] = .string("capture")
            fields["output"] = .string(output)
            fields["reference"] = reference.map { .string($0) } ?? .null
            fields["memo"] = memo.map { .string($0) } ?? .null
            fields["incremental"] = .bool(isIncremental)
            fields["verify_capture"] = .bool(comparesWithWhole)
            fields.merge(specification.fields) { first, _ in first }
        }
        return fields
    }
}

extension CaptureSpecification {
    fileprivate var fields: [String: JSONValue] {
        [
            "source": .string(source), "inputs": inputs ?? .null, "input_kwargs": inputKwargs ?? .object([:]),
            "kwargs": kwargs ?? .object([:]), "weights": weights.map { .string($0) } ?? .null, "precision": .string(precision),
            "calibration": calibration.map { .string($0) } ?? .null, "activations": .string(activations.rawValue),
            "dynamic": dynamic ?? .null,
            "passes": .array(passes.map { .string($0) }), "assume": .object(assume.mapValues { .bool($0) }),
            "accept_draft": .bool(acceptsDraft), "verify": .bool(verifies), "partial": .bool(isPartialAccepted),
        ]
    }
}

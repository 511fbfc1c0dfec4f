extension Program {
    /// Checks that every value is defined once and before its uses, that tensors have types, and that the signature describes the graph,
    /// so that whoever walks the program need not doubt a name.
    func validate() throws(Problem) {
        try graph.validate(path: "the graph")
        try check("inputs", graph.inputs.map(\.names.first), signature.inputs.map(\.name))
        try check("outputs", graph.outputs.map(\.names.first), signature.outputs.map(\.value.names.first))
    }

    /// What `validate` finds; the archive adds the member's name.
    struct Problem: Error {
        var problem: PT2Error.ProgramProblem
    }

    private func check(_ what: String, _ present: [String?], _ specified: [String?]) throws(Problem) {
        guard present.count == specified.count else {
            throw Problem(problem: .signatureLength(what, specified: specified.count, present: present.count))
        }
        for (one, other) in zip(present, specified) where one != nil && other != nil && one != other {
            throw Problem(problem: .signatureName(what, specified: other ?? "", present: one ?? ""))
        }
    }
}

extension Program.Graph {
    fileprivate func validate(path: String) throws(Program.Problem) {
        var defined: Set<String> = []
        func define(_ argument: Program.Argument) throws(Program.Problem) {
            for name in argument.names where !defined.insert(name).inserted {
                throw Program.Problem(problem: .redefinedValue(name))
            }
            for name in argument.tensorNames where tensors[name] == nil {
                throw Program.Problem(problem: .untypedValue(name))
            }
        }
        func use(_ argument: Program.Argument, at place: String) throws(Program.Problem) {
            for name in argument.names where !defined.contains(name) {
                throw Program.Problem(problem: .undefinedValue(name, at: place))
            }
        }
        for input in inputs { try define(input) }
        for node in nodes {
            for input in node.inputs {
                try use(input.value, at: node.name)
                if case .graph(let name, let subgraph) = input.value { try subgraph.validate(path: name) }
            }
            for output in node.outputs { try define(output) }
        }
        for output in outputs { try use(output, at: "the outputs of \(path)") }
    }
}

/// What is wrong with a JSON text, and at which byte of it.
package struct JSONError: Error, Hashable, Sendable {
    package let offset: Int
    package let problem: Problem
    /// What was being read, outermost last: `argument 'stride'`, `operator torch.ops.aten.conv2d.default`.
    package private(set) var context: [String] = []

    init(offset: Int, problem: Problem) {
        self.offset = offset
        self.problem = problem
    }

    /// The same failure, said to be inside `what`.
    func within(_ what: @autoclosure () -> String) -> JSONError {
        var error = self
        error.context.append(what())
        return error
    }

    /// The first four mean broken text; the others well-formed text that is not what the format says.
    package enum Problem: Hashable, Sendable {
        case unexpectedEnd
        case expected(String)
        case nestedTooDeeply
        case numberOutOfRange
        case missingField(Field, of: String)
        case unknownKind(String, of: String)
        case missingKind(of: String)
        case severalKinds(of: String)
        case unknownCode(Int, of: String)
        case tooManyDimensions
        case duplicateName(String)
        case treeSpecification
        case expression(String, ExpressionProblem)
    }
}

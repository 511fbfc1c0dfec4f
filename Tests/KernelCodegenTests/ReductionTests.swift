import Basics
import KernelCodegen
import Machine
import Testing

@Suite struct ReductionTests {
    @Test(arguments: Targets.all)
    func `reductions over rows give the naive result`(_ target: TargetDescription) throws {
        for (batch, rows, columns) in [(1, 49, 512), (3, 1, 7), (2, 1000, 3), (1, 5000, 33), (2, 2, 9000)] {
            for operation in ColumnReduction.Operation.allCases {
                var reduction = ColumnReduction(operation)
                (reduction.batch, reduction.rows, reduction.columns) = (batch, rows, columns)
                (reduction.inputBatchStride, reduction.inputRowStride) = (rows * columns, columns)
                var lanes = LaneBuilder()
                let mean = lanes.binary(.multiply, lanes.root(), lanes.immediate(1 / Float(rows)))
                lanes.output(operation == .sum ? mean : lanes.root(), to: 1, .dense(reduction.domain))
                let request = KernelRequest(
                    operands: [KernelOperand(.input, .f32, [batch, rows, columns]), KernelOperand(.result, .f32, [batch, columns])],
                    root: .columnReduction(reduction), program: lanes.program)
                try KernelRunner(request, target).check(tolerance: 1e-5)
            }
        }
    }
}

from mer_tasks.config import Config
from mer_tasks.modelling.checkpoint import epochs_since_best, learning_rate, training_finished


def test_epochs_since_the_lowest_loss_are_counted():
    assert [
        epochs_since_best([]),
        epochs_since_best([3.0]),
        epochs_since_best([3.0, 2.0]),
        epochs_since_best([2.0, 3.0, 2.0]),
    ] == [0, 0, 0, 2]


def test_training_ends_after_patience_epochs_without_a_lower_loss():
    config = Config.load({"epochs": 10, "patience": 2})
    assert not training_finished({}, config)
    assert not training_finished({"val_loss": [1.0, 2.0]}, config)
    assert training_finished({"val_loss": [1.0, 2.0, 2.0]}, config)
    assert training_finished({"val_loss": [float(-epoch) for epoch in range(10)]}, config)


def test_the_learning_rate_is_halved_after_every_two_epochs_without_a_lower_loss():
    losses = [5.0, 4.0, 6.0, 6.0, 6.0, 6.0, 3.0, 6.0]
    rates = [learning_rate(losses[:epochs], 0.08) for epochs in range(len(losses) + 1)]
    assert rates == [0.08, 0.08, 0.08, 0.08, 0.04, 0.04, 0.02, 0.02, 0.02]


def test_the_learning_rate_has_a_lower_limit():
    assert learning_rate([1.0] * 100, 0.01) == 1e-5
    assert learning_rate([1.0] * 100, 1e-6) == 1e-6

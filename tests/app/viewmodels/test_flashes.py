from app.viewmodels.flashes import STEPS, Flash, Flashes


class Timer:
    now_ns = 0

    def __call__(self):
        return self.now_ns


def test_a_flash_fades_in_steps_and_each_is_told_once():
    timer = Timer()
    flashes = Flashes(timer=timer)
    flashes.add("SBIN", up=True)
    assert flashes.fade() == ["SBIN"]
    assert flashes.fade() == []
    seen = [flashes.flash("SBIN")]
    while flashes.flash("SBIN") is not None:
        timer.now_ns += 10_000_000
        if flashes.fade():
            seen.append(flashes.flash("SBIN"))
    assert seen == [*(Flash(True, strength) for strength in range(STEPS, 0, -1)), None]


def test_a_second_move_flashes_anew_in_its_own_direction():
    timer = Timer()
    flashes = Flashes(timer=timer)
    flashes.add("SBIN", up=True)
    timer.now_ns = 250_000_000
    flashes.fade()
    flashes.add("SBIN", up=False)
    flashes.fade()
    assert flashes.flash("SBIN") == Flash(False, STEPS)


def test_what_is_cleared_flashes_no_more():
    flashes = Flashes(timer=Timer())
    flashes.add("SBIN", up=True)
    flashes.fade()
    flashes.clear()
    assert flashes.flash("SBIN") is None
    assert flashes.fade() == []

// The time: where it is, whether it goes on, and how fast.

const SPEEDS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000]; // steps a second

class Player {
  // `draw(time, stride)` is called for every picture, in frames from 0. A whole run takes about
  // `play_s` to play until a speed is chosen.
  constructor(draw, changed, play_s) {
    this.draw = draw;
    this.changed = changed;
    this.play_s = play_s;
    this.time = 0;
    this.done = 0; // frames that are there
    this.count = 0; // frames of the whole run
    this.every = 1;
    this.speed = 25;
    this.chosen = false; // whether a person chose the speed
    this.looping = false;
    this.playing = false;
    this.follows = true; // whether the time is that of the newest frame
  }

  // Take over that there are more frames, or another run; `show` draws it.
  extend(done, count, every) {
    Object.assign(this, { done, count, every });
    if (!this.chosen) {
      const wanted = (count * every) / this.play_s;
      this.speed = SPEEDS.reduce((best, each) => (Math.abs(Math.log(each / wanted)) < Math.abs(Math.log(best / wanted)) ? each : best));
    }
    if (this.follows && !this.playing) this.time = done;
    this.time = Math.min(this.time, done);
  }

  show(stride = 0) {
    this.draw(this.time, stride);
  }

  seek(time) {
    this.time = Math.min(this.done, Math.max(0, time));
    this.follows = this.time === this.done;
    this.show();
  }

  step(frames) {
    this.pause();
    this.seek(frames > 0 ? Math.floor(this.time) + frames : Math.ceil(this.time) + frames);
  }

  play() {
    if (this.playing || this.done === 0) return;
    if (this.time >= this.done) this.time = 0;
    this.playing = true;
    this.follows = false;
    this.last = null;
    this.request = requestAnimationFrame((now) => this.tick(now));
    this.changed();
  }

  pause() {
    cancelAnimationFrame(this.request);
    if (!this.playing) return;
    this.playing = false;
    this.time = Math.floor(this.time); // between steps there is nothing to look at
    this.show();
    this.changed();
  }

  // Stand still at the newest frame, and stay there.
  rest() {
    this.pause();
    this.seek(this.done);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  tick(now) {
    this.request = requestAnimationFrame((next) => this.tick(next));
    const passed_s = this.last == null ? 0 : Math.min(0.25, (now - this.last) / 1000); // a page that was away goes on where it was
    this.last = now;
    const stride = (passed_s * this.speed) / this.every;
    this.time += stride;
    if (this.time < this.done) return this.show(stride);
    if (this.done < this.count) this.time = this.done; // the rest is being simulated
    else if (this.looping) this.time %= Math.max(1, this.done);
    else {
      this.time = this.done;
      this.follows = true;
      return this.pause();
    }
    this.show(stride);
  }

  dispose() {
    cancelAnimationFrame(this.request);
  }
}


use super::*;
use crate::watch::testing::Scene;

fn press(screen: &mut Screen, code: KeyCode) -> Order {
    screen.key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn type_in(screen: &mut Screen, text: &str) {
    for letter in text.chars() {
        press(screen, KeyCode::Char(letter));
    }
}

fn screen() -> (Scene, Screen) {
    let mut scene = Scene::new();
    scene.flag("grey van");
    scene.question("who is that?");
    let mut screen = Screen::new(
        String::new(),
        vec!["not-available".into(), "jeopardy".into()],
    );
    screen.show(scene.board(scene.now));
    (scene, screen)
}

#[test]
fn selection_moves_with_the_keys_and_stays_with_its_message() {
    let (mut scene, mut screen) = screen();
    assert_eq!(screen.entry().unwrap().id(), 1);
    press(&mut screen, KeyCode::Char('j'));
    press(&mut screen, KeyCode::Down);
    assert_eq!(screen.entry().unwrap().id(), 2);
    scene.flag("another one, which goes before it");
    screen.show(scene.board(scene.now));
    assert_eq!(screen.entry().unwrap().id(), 2);
    press(&mut screen, KeyCode::Char('k'));
    assert_eq!(screen.entry().unwrap().id(), 1);
}

#[test]
fn acknowledging_offers_a_promise_and_remembers_the_officer() {
    let (_scene, mut screen) = screen();
    screen.officer = "Insp. Ahl".into();
    assert_eq!(press(&mut screen, KeyCode::Char('a')), Order::Nothing);
    assert_eq!(press(&mut screen, KeyCode::Enter), Order::Nothing);
    let Order::Do(prompt) = press(&mut screen, KeyCode::Enter) else {
        panic!("not filled in");
    };
    assert_eq!((prompt.act, prompt.id), (Act::Acknowledge, 1));
    assert_eq!(prompt.value(Asks::Eta), Some("45m"));
    assert_eq!(prompt.value(Asks::Officer), Some("Insp. Ahl"));
    assert_eq!(screen.over, Over::Nothing);
}

#[test]
fn promise_can_be_changed_and_escape_does_nothing() {
    let (_scene, mut screen) = screen();
    press(&mut screen, KeyCode::Char('a'));
    let control = KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL);
    screen.key(control);
    type_in(&mut screen, "2hq");
    press(&mut screen, KeyCode::Backspace);
    press(&mut screen, KeyCode::Tab);
    type_in(&mut screen, "Sgt. B");
    let Over::Prompt(prompt) = &screen.over else {
        panic!("gone");
    };
    assert_eq!(prompt.value(Asks::Eta), Some("2h"));
    assert_eq!(prompt.value(Asks::Officer), Some("Sgt. B"));
    assert_eq!(press(&mut screen, KeyCode::Esc), Order::Nothing);
    assert_eq!(screen.over, Over::Nothing);
}

#[test]
fn letters_of_a_prompt_or_filter_are_no_commands() {
    let (_scene, mut screen) = screen();
    press(&mut screen, KeyCode::Char('/'));
    type_in(&mut screen, "qar");
    assert_eq!(screen.filter, "qar");
    assert_eq!(screen.entry().map(Entry::id), None);
    press(&mut screen, KeyCode::Esc);
    assert_eq!(screen.filter, "");
    assert_eq!(screen.entry().unwrap().id(), 1);
}

#[test]
fn filter_shows_what_holds_it_without_case_and_accents() {
    let (_scene, mut screen) = screen();
    press(&mut screen, KeyCode::Char('/'));
    type_in(&mut screen, "WHÓ is");
    press(&mut screen, KeyCode::Enter);
    let shown: Vec<u64> = screen.of(Section::NeedsYou).map(Entry::id).collect();
    assert_eq!(shown, [2]);
    assert_eq!(screen.entry().unwrap().id(), 2);
}

#[test]
fn open_message_is_closed_when_it_leaves_the_board() {
    let (scene, mut screen) = screen();
    let digest = screen.selected.unwrap();
    assert_eq!(press(&mut screen, KeyCode::Enter), Order::Opened(digest));
    assert!(screen.is_open);
    screen.show(scene.board(scene.now));
    assert!(screen.is_open);
    screen.show(Board::default());
    assert!(!screen.is_open);
    assert_eq!(screen.entry().map(Entry::id), None);
}

#[test]
fn quit_closes_what_is_open_first_and_control_c_ends_at_once() {
    let (_scene, mut screen) = screen();
    press(&mut screen, KeyCode::Enter);
    assert_eq!(press(&mut screen, KeyCode::Char('q')), Order::Nothing);
    assert_eq!(press(&mut screen, KeyCode::Char('q')), Order::Quit);
    press(&mut screen, KeyCode::Char('a'));
    let control = |letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
    assert_eq!(screen.key(control('z')), Order::Suspend);
    assert_eq!(screen.key(control('c')), Order::Interrupt);
}

#[test]
fn ground_is_chosen_and_not_written() {
    let (_scene, mut screen) = screen();
    press(&mut screen, KeyCode::Char('d'));
    let ground = |screen: &Screen| match &screen.over {
        Over::Prompt(prompt) => prompt.value(Asks::Ground).map(str::to_owned),
        _ => None,
    };
    assert_eq!(ground(&screen).as_deref(), Some("not-available"));
    type_in(&mut screen, "x");
    press(&mut screen, KeyCode::Right);
    assert_eq!(ground(&screen).as_deref(), Some("jeopardy"));
    press(&mut screen, KeyCode::Right);
    press(&mut screen, KeyCode::Left);
    assert_eq!(ground(&screen).as_deref(), Some("jeopardy"));
}

#[test]
fn reminding_is_confirmed_and_asks_nothing() {
    let (_scene, mut screen) = screen();
    assert_eq!(press(&mut screen, KeyCode::Char('n')), Order::Nothing);
    let Order::Do(prompt) = press(&mut screen, KeyCode::Enter) else {
        panic!("not confirmed");
    };
    assert_eq!((prompt.act, prompt.lines.len()), (Act::Remind, 0));
}

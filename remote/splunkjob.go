package remote

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/huntc/huntc/ir/eval"
)

// jobPrefix begins the name of every job of ours; no other is ever ended.
const jobPrefix = "huntc_"

// Seconds after which Splunk ends a job that nobody asks about, and forgets one that has ended: for the case that this process dies.
const (
	idleSeconds = "120"
	keepSeconds = "600"
)

// pageRows is how many rows one request asks for. Settings of the server may give fewer: only an empty page is the end.
const pageRows = 10_000

// writing matches the commands that change something, run programs or run other searches, also in a string: better not run than done.
// https://help.splunk.com/en/splunk-enterprise/administer/manage-users-and-security/10.2/best-practices-for-splunk-platform-security/spl-safeguards-for-risky-commands/commands-that-trigger-spl-safeguards
var writing = regexp.MustCompile(`(?i)(?:^|[|\[])\s*(collect|delete|dump|map|mcollect|meventcollect|outputcsv|outputlookup|run|runshellscript|script|sendalert|sendemail|tscollect)\b`)

// Search runs a search to its end and returns its rows: text, or a list of texts. A field that no row has has no column. Warnings that
// mean that rows may be missing or wrong are an *IncompleteError beside the rows. However it ends, the job is gone afterwards.
//
// It is a normal job (exec_mode=normal) under a name of our own, not a one-shot: a one-shot gives no search id, so that nothing could end
// it after Ctrl-C, and answers 200 for a search that failed.
func (s *Splunk) Search(ctx context.Context, search string) (*eval.Table, []Warning, error) {
	if m := writing.FindStringSubmatch(search); m != nil {
		return nil, nil, &Refused{http.StatusBadRequest, "the search has the command " + m[1] + ", which may change something; it was not sent"}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.opt.Timeout, fmt.Errorf("%w (%s)", errTimeout, s.opt.Timeout))
	defer cancel()
	name, err := jobName()
	if err != nil {
		return nil, nil, err
	}
	sid, err := s.start(ctx, name, search)
	if err != nil {
		var refused *Refused
		if !errors.As(err, &refused) { // the request may have arrived, though its answer did not
			if end := s.cancel(ctx, name); ctx.Err() != nil {
				err = errors.Join(err, end)
			}
		}
		return nil, nil, explained(err)
	}
	t, warnings, err := s.await(ctx, sid)
	if end := s.cancel(ctx, sid); err != nil {
		err = errors.Join(explained(err), end)
	} else if end != nil {
		warnings = append(warnings, Warning{Benign, end.Error()})
	}
	return t, warnings, err
}

// start begins a job and returns its search id, which is the given name, on a cluster of search heads perhaps with more behind it. No
// bounds on time are sent: the search makes its events, and says itself what it keeps of them.
func (s *Splunk) start(ctx context.Context, name, search string) (string, error) {
	form := jsonMode()
	for k, v := range map[string]string{"search": search, "id": name, "exec_mode": "normal", "max_count": strconv.Itoa(s.opt.Rows + 1),
		"auto_cancel": idleSeconds, "timeout": keepSeconds} {
		form.Set(k, v)
	}
	var a struct {
		Sid      string
		Messages splunkMessages
	}
	if err := s.do(ctx, http.MethodPost, jobsPath, form, &a); err != nil {
		return "", err
	}
	switch {
	case a.Sid == "" && len(a.Messages) > 0:
		return "", &Refused{http.StatusBadRequest, s.scrub(a.Messages.text())}
	case !strings.HasPrefix(a.Sid, name):
		return "", fmt.Errorf("the job is called %q, not %s as was asked for", clip(a.Sid, 100), name)
	}
	return a.Sid, nil
}

// jobState is what a job says of itself.
type jobState struct {
	DispatchState                           string
	IsDone, IsFailed, IsFinalized, IsZombie splunkFlag
	ResultCount                             *splunkCount
	Messages                                splunkMessages
}

// await asks for the job's state until it has ended, and reads its rows.
func (s *Splunk) await(ctx context.Context, sid string) (*eval.Table, []Warning, error) {
	begun := time.Now()
	for wait := s.opt.poll / 32; ; wait = min(2*wait, s.opt.poll) {
		state, err := s.state(ctx, sid)
		if err != nil {
			return nil, nil, err
		}
		if state != nil && (state.IsDone || state.IsFailed || state.IsZombie) {
			return s.read(ctx, sid, state)
		}
		if s.opt.Progress != nil && state != nil {
			s.opt.Progress(Progress{time.Since(begun), strings.ToLower(state.DispatchState)})
		}
		if err := pause(ctx, wait); err != nil {
			return nil, nil, err
		}
	}
}

// state is nil for a job that is not ready.
func (s *Splunk) state(ctx context.Context, sid string) (*jobState, error) {
	var a struct {
		Entry []struct{ Content jobState }
	}
	err := s.do(ctx, http.MethodGet, jobsPath+"/"+url.PathEscape(sid), jsonMode(), &a)
	var refused *Refused
	switch {
	case errors.Is(err, errNoContent):
		return nil, nil
	case errors.As(err, &refused) && refused.Status == http.StatusNotFound:
		return nil, fmt.Errorf("the job %s is gone: %s", sid, refused.Reason)
	case err != nil:
		return nil, err
	case len(a.Entry) != 1 || a.Entry[0].Content.DispatchState == "":
		return nil, errors.New("the answer about the job does not hold its state")
	}
	return &a.Entry[0].Content, nil
}

// read takes the rows of a job that has ended, page after page, and what Splunk remarked.
func (s *Splunk) read(ctx context.Context, sid string, state *jobState) (*eval.Table, []Warning, error) {
	out := answer{}
	switch {
	case bool(state.IsFailed) || state.DispatchState == "FAILED":
		return nil, nil, &Refused{http.StatusBadRequest, s.scrub(state.Messages.text())}
	case bool(state.IsZombie) || state.DispatchState != "DONE":
		return nil, nil, fmt.Errorf("the search did not come to its end (%s): %s", state.DispatchState, s.scrub(state.Messages.text()))
	case state.ResultCount == nil:
		return nil, nil, errors.New("the answer about the job does not say how many rows there are")
	case bool(state.IsFinalized):
		out.warn(Partial, "the search was finalized, stopped before its end")
	}
	want := int(min(int64(*state.ResultCount), int64(s.opt.Rows)))
	s.remark(&out, state.Messages)
	all := splunkRows{}
	for {
		page, err := s.page(ctx, sid, len(all.Results), want-len(all.Results))
		if err != nil {
			return nil, nil, err
		}
		s.remark(&out, page.Messages)
		if page.Preview {
			out.warn(Partial, "the rows are a preview")
		}
		all.Fields = append(all.Fields, page.Fields...)
		all.Results = append(all.Results, page.Results...)
		if len(page.Results) == 0 || len(all.Results) >= want {
			break
		}
	}
	switch n := len(all.Results); {
	case n > want: // more than were asked for
		return nil, nil, fmt.Errorf("%d rows came of %d", n, *state.ResultCount)
	case n < want:
		out.warn(Partial, fmt.Sprintf("%d of %d rows came", n, *state.ResultCount))
	case int(*state.ResultCount) > s.opt.Rows:
		out.warn(Partial, fmt.Sprintf("more than %d rows", s.opt.Rows))
	}
	t, err := all.table()
	if err != nil {
		return nil, out.warnings, err
	}
	c := Client{opt: s.opt}
	return t, out.warnings, c.judge(out.warnings)
}

func (s *Splunk) remark(out *answer, list splunkMessages) {
	for _, m := range list {
		out.warn(m.severity(), m.Type+": "+s.scrub(clip(m.Text, 2000)))
	}
}

// page reads rows from an offset. From 9.0.1 on they are at search/v2/jobs/{sid}/results.
func (s *Splunk) page(ctx context.Context, sid string, offset, count int) (*splunkRows, error) {
	form := jsonMode()
	form.Set("offset", strconv.Itoa(offset))
	form.Set("count", strconv.Itoa(max(1, min(count, pageRows)))) // 0 would mean all
	path := jobsPath
	if s.v2 {
		path = "/services/search/v2/jobs"
	}
	var a splunkRows
	err := s.do(ctx, http.MethodGet, path+"/"+url.PathEscape(sid)+"/results", form, &a)
	switch {
	case errors.Is(err, errNoContent):
		return nil, errors.New("the job has ended and has no results")
	case err != nil:
		return nil, err
	case a.Results == nil && a.Messages.failures() != "":
		return nil, &Refused{http.StatusBadRequest, s.scrub(a.Messages.failures())}
	case a.Results == nil:
		return nil, errors.New("the answer holds no results")
	}
	return &a, nil
}

// cancel ends a job and removes its rows, also after Ctrl-C. A job that is not there has ended.
func (s *Splunk) cancel(ctx context.Context, sid string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer cancel()
	form := jsonMode()
	form.Set("action", "cancel")
	err := s.do(ctx, http.MethodPost, jobsPath+"/"+url.PathEscape(sid)+"/control", form, nil)
	var refused *Refused
	if errors.Is(err, errNoContent) || errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the search %s could not be cancelled: %w", sid, err)
	}
	return nil
}

func jobName() (string, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return jobPrefix + hex.EncodeToString(b[:]), nil
}

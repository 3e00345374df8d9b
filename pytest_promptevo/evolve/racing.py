"""racing prototype"""
from __future__ import annotations
from dataclasses import dataclass, field
import numpy as np
from pytest_promptevo.evolve.strategy import Job
from pytest_promptevo.evolve.operators import strangers, mutate
from pytest_promptevo.evolve.yardstick import Yardstick
from pytest_promptevo.evolve.two_way import two_way
from pytest_promptevo.evolve.surrogate import Surrogate
from pytest_promptevo.evolve.breeder import Breeder
from pytest_promptevo.evolve.race import EProcess, Guess

LOG=[]
P=dict(alpha=.5,delta=.02,block=5,races=4,start=12,base=5,unscreened=.2,gw=4.0,fill=5,rounds=2,keep=8,minobs=10,half=1,champ=1)

@dataclass
class Live:
    genome: object
    op: str
    order: list
    seen: list
    e: EProcess
    pred: float
    paid: int=0

def spearman(a,b):
    ra=np.argsort(np.argsort(a)); rb=np.argsort(np.argsort(b))
    return float(np.corrcoef(ra,rb)[0,1]) if len(a)>2 else 1.

def racing(search):
    rng=search.rng; led=search.ledger; N=search.examples
    search.begin()
    pop=strangers(search.space,search.initial,P["start"],rng)
    order=[int(i) for i in rng.permutation(N)]; m=min(N,P["base"])
    yield [Job(g,i) for g in pop for i in order[:m]]
    ys=Yardstick(led); br=Breeder(search); sur=Surrogate(search.space)
    if P["half"]:
        top=sorted(pop,key=led.mean,reverse=True)[:P["start"]//2]
        m=min(N,2*m); yield [Job(g,i) for g in top for i in order[:m]]
    closed=set(); races={}; pairs=[]; rejected=0
    while True:
        known=list(led.genomes())
        tw=two_way(ys.table(known)); idx={g:i for i,g in enumerate(known)}
        sur.fit(known,tw.genomes,tw.variances+1e-6)
        post,_=sur.predict(known)
        nobs=[len(led.scores(g)) for g in known]
        ranked=sorted(known,key=lambda g:-post[idx[g]])
        able=[g for g in ranked if nobs[idx[g]]>=min(P["minobs"],max(nobs))]
        champ=able[0]
        if led.complete(champ): champ=led.recommended
        elite=ranked[:6]
        trust=len(pairs)<15 or spearman(*zip(*pairs[-40:]))>=.2
        chosen=[]; K=P["races"]
        busy=closed|{champ}; seenset=busy|set(known)
        raw=br.children(champ,elite,seenset); ch=dict(raw)
        open_=[g for g in ranked[:60] if g not in busy and not led.complete(g)]
        if trust and ch:
            for _ in range(P["rounds"]):
                gs=list(ch)
                v=sur.draw(gs,rng,K); tops=[gs[i] for i in dict.fromkeys(int(j) for row in np.argsort(-v,1)[:,:P["keep"]].T for j in row)][:2*P["keep"]]
                new={g:ch[g] for g in tops}
                for _ in range(100):
                    par=tops[int(rng.integers(len(tops)))]
                    c=mutate(search.space,par,rng,1,jump=.3)
                    if c not in seenset and c not in new: new[c]=ch[par]
                    if len(new)>=60: break
                ch=new
        for g in open_: ch[g]="again"
        if P["champ"] and not led.complete(champ): ch[champ]="champ"
        top_up=0
        gs=list(ch)
        if not gs: return "space exhausted"
        draws=sur.draw(gs,rng,K)
        for k in range(K):
            left=[i for i in range(len(gs)) if gs[i] not in chosen]
            fresh=[g for g in raw if g not in chosen]
            if not left: break
            if fresh and (not trust or rng.random()<P["unscreened"]): g=fresh[int(rng.integers(len(fresh)))]; ch[g]=raw[g]
            else: g=gs[max(left,key=lambda i:draws[k,i])]
            if g==champ: top_up+=P["block"]; continue
            chosen.append(g)
            if g not in races:
                pm,pc=sur.predict([g])
                gm=min(max((1-(pm[0]-post[idx[champ]]))/2,.1),.9)
                e=EProcess((1-(0 if rejected>30 else P["delta"]))/2,N,Guess(gm,.07,P["gw"]))
                old=[i for i in range(N) if led.has(g,i)]
                rest=[int(i) for i in rng.permutation([i for i in range(N) if i not in old])]
                races[g]=Live(g,ch[g],rest,old,e,float(pm[0]))
        blocks=[(races[g],races[g].order[:P["block"]]) for g in chosen]
        need=dict.fromkeys(i for l,b in blocks for i in (*l.seen,*b))
        un=[i for i in range(N) if not led.has(champ,i) and i not in need]
        extra=[int(i) for i in rng.permutation(un)[:P["fill"]+top_up]]
        yield [Job(champ,i) for i in (*need,*extra) if not led.has(champ,i)]+[Job(l.genome,i) for l,b in blocks for i in b]
        sb=ys.values(champ)
        for l,b in blocks:
            sc=ys.values(l.genome); first=l.paid==0
            past=[(sb[i]-sc[i]+1)/2 for i in l.seen]
            for i in b:
                x=(sb[i]-sc[i]+1)/2
                l.e.bet(past,x); past.append(x); l.seen.append(i); l.paid+=1
            l.order=l.order[len(b):]
            if first: pairs.append((l.pred,float(np.nanmean(sc-tw.examples))))
            done=not l.order
            lost=l.e.wealth>=1/P["alpha"]
            won=done and np.mean(past)<.5
            if done or lost:
                LOG.append((led.calls,l.op,len(l.seen),lost,.5-np.mean(past),l.pred,trust,l.genome,champ))
                br.bandit.learn(l.op,float(won),l.paid/N) if l.op!="again" else 0
                rejected = 0 if won else rejected+1
                closed.add(l.genome)
